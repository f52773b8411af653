# METADATA
# scope: package
# title: Role that may create pods
# description: >-
#   Whoever creates a pod chooses its service account, the Secrets that it mounts and, where pod security allows it,
#   the directories of the node that it sees. The right is therefore worth all rights of the namespace's accounts,
#   and it comes with every kind that makes pods: Deployments, DaemonSets, StatefulSets, Jobs and CronJobs.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation
# custom:
#   id: pod-creation
#   severity: medium
#   default: false
#   remediation: >-
#     Give the right to the deployment pipeline and to controllers that make pods for a living, in a Role for their
#     namespace, and enforce the baseline or restricted level of pod security there.
#   parameters:
#     everything:
#       description: Whether a rule with every verb on every resource counts, which `wildcard-rule` reports anyway.
#       default: false
#     holder:
#       description: The group that a role must be bound to to count, such as `system:authenticated`; empty means any role.
#       default: ""
package policy.inventory.pod_creation

import data.policy.lib.rbac

deny contains rbac.violation(grant, "create pods") if {
	some wanted in [
		{"groups": {""}, "resources": {"pods", "replicationcontrollers"}, "verbs": {"create"}},
		{
			"groups": {"apps", "extensions"},
			"resources": {"daemonsets", "deployments", "replicasets", "statefulsets"},
			"verbs": {"create"},
		},
		{"groups": {"batch"}, "resources": {"cronjobs", "jobs"}, "verbs": {"create"}},
	]
	some grant in rbac.grants(object.union(wanted, data.parameters["pod-creation"]))
}
