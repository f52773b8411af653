# METADATA
# scope: package
# title: API version that will not be served for long
# description: >-
#   A deprecated version works until an upgrade of the cluster takes it away, and then the object cannot be applied
#   any more. That upgrade is mostly the one that brings security fixes, and it is put off because of it.
# related_resources:
# - https://kubernetes.io/docs/reference/using-api/deprecation-guide/
# custom:
#   id: deprecated-api-version
#   severity: info
#   parameters:
#     kubernetes:
#       description: >-
#         The version to judge by where the configuration does not say which one the cluster has: the newest that the
#         CIS benchmarks cover.
#       default: "1.34"
#   remediation: >-
#     Change `apiVersion` to the one named, and the fields that it renamed; `kubectl convert` does both.
package policy.inventory.deprecated_api_version

import data.policy.lib.api_version

deny contains object.union(found, api_version.cure(life)) if {
	minor := api_version.minor(data.parameters["deprecated-api-version"].kubernetes)
	some entry in input.objects
	life := api_version.life(entry.object)
	life.deprecated <= minor
	object.get(life, "removed", minor + 1) > minor
	message := sprintf("`%s` of %s is deprecated from Kubernetes 1.%d on%s", [
		entry.object.apiVersion,
		entry.object.kind,
		life.deprecated,
		api_version.advice(life),
	])
	found := {"message": message, "path": ["apiVersion"], "object": entry.id}
}
