# METADATA
# scope: package
# title: Role that may bind, escalate or impersonate
# description: >-
#   The API server lets nobody give away more rights than they have, with three exceptions: `escalate` on roles lets
#   one write rules that one does not have, `bind` lets one bind any role, and `impersonate` lets one act as another
#   user, group or service account. Each turns a small role into `cluster-admin` with a single request.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/rbac-good-practices/#escalate-verb
# - https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
# - https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
# custom:
#   id: role-escalation
#   severity: high
#   remediation: >-
#     Remove the verb. A controller that must bind gets `bind` with the roles that it binds in `resourceNames`; one
#     that must impersonate gets the accounts named there.
package policy.inventory.role_escalation

import data.policy.lib.rbac

dangers := [
	{
		"groups": {"rbac.authorization.k8s.io"},
		"resources": {"clusterroles", "roles"},
		"verbs": {"bind": "bind any role to anybody", "escalate": "give themselves any right"},
	},
	{
		"groups": {""},
		"resources": {"groups", "serviceaccounts", "users"},
		"verbs": {"impersonate": "act as another account"},
	},
]

deny contains {"message": message, "path": path, "object": rule.entry.id} if {
	some danger in dangers
	verbs := object.keys(danger.verbs)
	some grant in rbac.grants(object.union(danger, {"verbs": verbs}))
	rule := grant.rule
	some i, verb in rule.verbs
	some what in said(danger.verbs, verb)
	path := array.concat(rule.path, ["verbs", i])
	message := sprintf("holders of %s can %s %s: `%s` on `%s`", [
		rbac.label(rule.entry),
		what,
		rbac.scope(rule.entry),
		verb,
		grant.resource,
	])
}

# What a verb lets one do. Every verb is all of them, and one sentence is enough.
said(verbs, "*") := {concat(" and ", [what | some what in verbs])}

said(verbs, verb) := {verbs[verb]} if verb != "*"
