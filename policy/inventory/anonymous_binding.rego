# METADATA
# scope: package
# title: Binding for system:anonymous
# description: >-
#   The user `system:anonymous` is whoever sends a request without credentials. What is bound to it belongs to
#   everybody who reaches the API server: scanners on the internet, any pod, any machine of the office network.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests
# - https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles
# custom:
#   id: anonymous-binding
#   severity: high
#   remediation: >-
#     Give the client an account and bind the role to that. Health checks and discovery have roles of their own,
#     `system:public-info-viewer` among them, that need no binding of yours.
package policy.inventory.anonymous_binding

import data.policy.lib.platform
import data.policy.lib.rbac
import data.policy.lib.value

deny contains {"message": message, "path": subject.path, "object": subject.binding.id} if {
	some subject in rbac.subjects
	platform.subject_key(subject.value) == "User/system:anonymous"
	message := sprintf("%s gives %s the rights of %s `%s`", [
		rbac.label(subject.binding),
		rbac.subject_label(subject.value),
		value.text(value.mapping(subject.binding.object, "roleRef"), "kind"),
		rbac.role_name(subject.binding),
	])
}
