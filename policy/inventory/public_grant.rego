# METADATA
# scope: package
# title: Privileged right for everybody
# description: >-
#   The groups `system:authenticated`, `system:unauthenticated` and `system:serviceaccounts` and the user
#   `system:anonymous` stand for everybody with an account, everybody without one, every pod, and everybody on the
#   network. A right to change things, to read Secrets or to execute in pods that is bound to them belongs to every
#   attacker who reaches the API server; on managed clusters `system:authenticated` may include any account of the
#   cloud provider.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
# - https://cloud.google.com/kubernetes-engine/docs/best-practices/rbac#default-roles-groups
# custom:
#   id: public-grant
#   severity: critical
#   remediation: >-
#     Bind the role to the users, groups or service accounts that need it.
package policy.inventory.public_grant

import data.policy.lib.platform
import data.policy.lib.rbac
import data.policy.lib.value

deny contains {"message": message, "path": subject.path, "object": binding.id} if {
	some subject in rbac.subjects
	binding := subject.binding
	platform.subject_key(subject.value) in rbac.everybody
	rights := {right | some rule in rbac.granted(binding); some right in privileged(rule)}
	count(rights) > 0
	message := sprintf("%s may %s through %s `%s`", [
		rbac.subject_label(subject.value),
		concat(", ", array.slice(sort(rights), 0, 3)),
		value.text(value.mapping(binding.object, "roleRef"), "kind"),
		rbac.role_name(binding),
	])
}

# What a rule gives beyond reading, and what reading itself gives away.
privileged(rule) := {right |
	some group in rule.groups
	not group in reviews
	some resource in rule.resources
	some verb in rule.verbs
	dangerous(resource, verb)
	right := sprintf("`%s` `%s`", [verb, resource])
}

dangerous(_, verb) if not verb in {"get", "list", "use", "watch"}

dangerous(resource, verb) if {
	verb in {"get", "list", "watch"}
	resource in {"*", "nodes/proxy", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"}
}

# Everybody may ask what they may do.
reviews := {"authentication.k8s.io", "authorization.k8s.io"}
