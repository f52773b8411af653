# METADATA
# scope: package
# title: API version that the cluster no longer serves
# description: >-
#   The API server refuses the object, so whatever it was to protect or run is not there after the next upgrade: a
#   network policy that is gone, a pod security policy that nobody enforces, a deployment that cannot be rolled back.
#   A cluster whose version is not in the configuration is taken for a recent one.
# related_resources:
# - https://kubernetes.io/docs/reference/using-api/deprecation-guide/
# custom:
#   id: removed-api-version
#   severity: medium
#   parameters:
#     kubernetes:
#       description: >-
#         The version to judge by where the configuration does not say which one the cluster has: the newest that the
#         CIS benchmarks cover.
#       default: "1.34"
#   remediation: >-
#     Change `apiVersion` to the one named, and the fields that it renamed; `kubectl convert` does both.
package policy.inventory.removed_api_version

import data.policy.lib.api_version

deny contains object.union(found, api_version.cure(life)) if {
	minor := api_version.minor(data.parameters["removed-api-version"].kubernetes)
	some entry in input.objects
	life := api_version.life(entry.object)
	life.removed <= minor
	message := sprintf("`%s` of %s was removed in Kubernetes 1.%d%s", [
		entry.object.apiVersion,
		entry.object.kind,
		life.removed,
		api_version.advice(life),
	])
	found := {"message": message, "path": ["apiVersion"], "object": entry.id}
}
