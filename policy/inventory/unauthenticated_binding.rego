# METADATA
# scope: package
# title: Binding for system:unauthenticated
# description: >-
#   The group `system:unauthenticated` holds every request without credentials. What is bound to it belongs to
#   everybody who reaches the API server, and leaves no name in the audit log.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests
# - https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles
# custom:
#   id: unauthenticated-binding
#   severity: high
#   remediation: >-
#     Give the clients accounts and bind the role to those. Issuer discovery for a trust outside of the cluster can
#     be served by a proxy or published as a file.
package policy.inventory.unauthenticated_binding

import data.policy.lib.platform
import data.policy.lib.rbac
import data.policy.lib.value

deny contains {"message": message, "path": subject.path, "object": subject.binding.id} if {
	some subject in rbac.subjects
	platform.subject_key(subject.value) == "Group/system:unauthenticated"
	message := sprintf("%s gives %s the rights of %s `%s`", [
		rbac.label(subject.binding),
		rbac.subject_label(subject.value),
		value.text(value.mapping(subject.binding.object, "roleRef"), "kind"),
		rbac.role_name(subject.binding),
	])
}
