# METADATA
# scope: package
# title: Service that selects no pod
# description: >-
#   A Service without pods answers nobody, until someone creates a pod with the labels that it waits for: that pod
#   then gets the traffic, and what the clients send with it.
# related_resources:
# - https://kubernetes.io/docs/concepts/services-networking/service/#defining-a-service
# custom:
#   id: unmatched-service
#   severity: low
#   default: false
#   remediation: >-
#     Make the labels of the selector and of the pod template equal, or remove the Service.
package policy.inventory.unmatched_service

import data.policy.lib.inventory
import data.policy.lib.selector
import data.policy.lib.value

deny contains {"message": message, "path": ["spec", "selector"], "object": entry.id} if {
	some entry in input.objects
	entry.object.kind == "Service"
	entry.object.apiVersion == "v1"
	spec := value.mapping(entry.object, "spec")
	value.text(spec, "type") != "ExternalName"
	inventory.unmatched(entry.namespace, selector.equalities(value.mapping(spec, "selector")))
	message := sprintf("no pod in namespace `%s` has the labels that this Service selects", [entry.namespace])
}
