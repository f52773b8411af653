# METADATA
# scope: package
# title: Default service account with a token
# description: >-
#   Every namespace has a service account `default`, and every pod that names no other runs as it and gets its token.
#   Most of those pods never talk to the API server; for an attacker in one of them the token is a foot in the door,
#   and worth the rights that anybody ever binds to the account.
# related_resources:
# - https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting
# - https://kubernetes.io/docs/concepts/security/rbac-good-practices/#hardening
# custom:
#   id: default-service-account
#   severity: low
#   default: false
#   remediation: >-
#     Add the ServiceAccount `default` with `automountServiceAccountToken: false` to each namespace, and give
#     workloads that need the API an account of their own.
package policy.inventory.default_service_account

import data.policy.lib.inventory

deny contains {"message": message, "path": ["automountServiceAccountToken"], "object": entry.id, "fix": fix} if {
	some entry in accounts
	object.get(entry.object, "automountServiceAccountToken", null) != false
	message := sprintf("service account `default` of namespace `%s` gives its token to every pod without another account", [entry.namespace])
	fix := {"op": "set", "value": false}
}

deny contains {"message": message, "path": anchor.path, "object": anchor.object} if {
	some namespace in inventory.running
	not namespace in judged
	anchor := inventory.anchor(namespace)
	message := sprintf("namespace `%s` has no ServiceAccount `default` that keeps its token from pods", [namespace])
}

judged := {entry.namespace | some entry in accounts}

accounts := [entry |
	some entry in input.objects
	entry.object.kind == "ServiceAccount"
	entry.object.metadata.name == "default"
]
