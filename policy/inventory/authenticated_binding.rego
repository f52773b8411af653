# METADATA
# scope: package
# title: Binding for system:authenticated
# description: >-
#   The group `system:authenticated` holds every user and every service account, so what is bound to it cannot be
#   taken from one of them. On managed clusters it may include every account of the cloud provider, not only those of
#   your organisation.
# related_resources:
# - https://cloud.google.com/kubernetes-engine/docs/best-practices/rbac#default-roles-groups
# - https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles
# custom:
#   id: authenticated-binding
#   severity: low
#   default: false
#   remediation: >-
#     Bind the role to the groups that need it.
package policy.inventory.authenticated_binding

import data.policy.lib.platform
import data.policy.lib.rbac
import data.policy.lib.value

deny contains {"message": message, "path": subject.path, "object": subject.binding.id} if {
	some subject in rbac.subjects
	platform.subject_key(subject.value) == "Group/system:authenticated"
	message := sprintf("%s gives %s the rights of %s `%s`", [
		rbac.label(subject.binding),
		rbac.subject_label(subject.value),
		value.text(value.mapping(subject.binding.object, "roleRef"), "kind"),
		rbac.role_name(subject.binding),
	])
}
