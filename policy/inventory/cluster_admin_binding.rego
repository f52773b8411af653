# METADATA
# scope: package
# title: Binding to cluster-admin
# description: >-
#   `cluster-admin` allows everything to everything, in every namespace. A service account that has it makes its pod
#   the key to the cluster: whoever breaks into the pod, or into the pipeline that holds the token, reads every
#   Secret, runs on every node and leaves a way back. A role with every verb on every resource is the same under
#   another name.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles
# - https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege
# custom:
#   id: cluster-admin-binding
#   severity: critical
#   remediation: >-
#     Bind a role that lists what the subject needs, and give people `cluster-admin` for the time of an emergency
#     through their identity provider. A right that is needed in one namespace goes into a RoleBinding there.
package policy.inventory.cluster_admin_binding

import data.policy.lib.rbac

deny contains {"message": message, "path": subject.path, "object": binding.id} if {
	some subject in rbac.subjects
	binding := subject.binding
	binding.object.kind == "ClusterRoleBinding"
	every_right(binding)
	message := sprintf("%s has every right in the cluster through ClusterRole `%s`", [
		rbac.subject_label(subject.value),
		rbac.role_name(binding),
	])
}

every_right(binding) if {
	some rule in rbac.granted(binding)
	rbac.full(rule)
}
