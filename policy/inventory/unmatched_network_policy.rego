# METADATA
# scope: package
# title: NetworkPolicy that selects no pod
# description: >-
#   A policy whose selector matches nothing protects nothing, and nobody notices: the cluster accepts it and the pods
#   stay open. Mostly a label was renamed on one side.
# related_resources:
# - https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource
# custom:
#   id: unmatched-network-policy
#   severity: medium
#   remediation: >-
#     Make the labels of the selector and of the pod template equal, or remove the policy.
package policy.inventory.unmatched_network_policy

import data.policy.lib.inventory
import data.policy.lib.selector
import data.policy.lib.value

deny contains {"message": message, "path": ["spec", "podSelector"], "object": entry.id} if {
	some entry in input.objects
	entry.object.kind == "NetworkPolicy"
	endswith(entry.object.apiVersion, "/v1")
	written := value.mapping(value.mapping(entry.object, "spec"), "podSelector")
	inventory.unmatched(entry.namespace, selector.requirements(written))
	message := sprintf("no pod in namespace `%s` has the labels that this policy selects", [entry.namespace])
}
