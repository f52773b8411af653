# METADATA
# scope: package
# title: PodDisruptionBudget that selects no pod
# description: >-
#   A budget whose selector matches nothing keeps nothing running: when a node is drained, all replicas may go at
#   once, and the outage comes with the next upgrade.
# related_resources:
# - https://kubernetes.io/docs/tasks/run-application/configure-pdb/
# custom:
#   id: unmatched-disruption-budget
#   severity: low
#   remediation: >-
#     Make the labels of the selector and of the pod template equal, or remove the budget.
package policy.inventory.unmatched_disruption_budget

import data.policy.lib.inventory
import data.policy.lib.selector
import data.policy.lib.value

deny contains {"message": message, "path": ["spec", "selector"], "object": entry.id} if {
	some entry in input.objects
	entry.object.kind == "PodDisruptionBudget"
	startswith(entry.object.apiVersion, "policy/")
	written := value.mapping(value.mapping(entry.object, "spec"), "selector")
	inventory.unmatched(entry.namespace, selector.requirements(written))
	message := sprintf("no pod in namespace `%s` has the labels that this budget selects", [entry.namespace])
}
