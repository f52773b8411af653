# METADATA
# scope: package
# title: Role that may read Secrets
# description: >-
#   Secrets hold the credentials of everything else: database passwords, keys of the cloud account, tokens of service
#   accounts. Whoever may `list` or `watch` them reads their contents as well, so one stolen pod with such a role
#   hands out every credential in its reach, and a token of a stronger account among them is the way to the whole
#   cluster.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets
# - https://kubernetes.io/docs/concepts/configuration/secret/
# custom:
#   id: secrets-access
#   severity: high
#   default: false
#   remediation: >-
#     Name the Secrets that are needed in `resourceNames` and give `get` only; where a controller must see many, give
#     it a Role in each namespace that it works for instead of a ClusterRole.
#   parameters:
#     everything:
#       description: Whether a rule with every verb on every resource counts, which `wildcard-rule` reports anyway.
#       default: false
#     holder:
#       description: The group that a role must be bound to to count, such as `system:authenticated`; empty means any role.
#       default: ""
package policy.inventory.secrets_access

import data.policy.lib.rbac
import data.policy.lib.value

deny contains rbac.violation(grant, "read Secrets") if {
	some grant in rbac.grants({
		"groups": {""},
		"resources": {"secrets"},
		"verbs": {"get", "list", "watch"},
		"everything": parameters.everything,
		"holder": parameters.holder,
	})
}

# Roles of every cluster are in no file: what shows is a binding that gives them in all namespaces.
deny contains {"message": message, "path": ["roleRef", "name"], "object": binding.id} if {
	some binding in rbac.bindings
	binding.object.kind == "ClusterRoleBinding"
	parameters.holder in ({""} | {subject.name | some subject in value.list(binding.object, "subjects")})
	count(value.list(binding.object, "subjects")) > 0
	name := rbac.role_name(binding)
	name in {"admin", "edit"}
	message := sprintf("ClusterRole `%s` lets the subjects of this binding read Secrets in every namespace", [name])
}

parameters := data.parameters["secrets-access"]
