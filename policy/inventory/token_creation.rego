# METADATA
# scope: package
# title: Role that may create tokens of service accounts
# description: >-
#   With `create` on `serviceaccounts/token` one asks the API server for a valid token of any service account in
#   reach, and acts as that account from then on. In a namespace with a controller, or across the cluster, that is
#   the right of the strongest account there.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/rbac-good-practices/#token-request
# - https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
# custom:
#   id: token-creation
#   severity: high
#   remediation: >-
#     Name the service accounts whose tokens are needed in `resourceNames`, in a Role instead of a ClusterRole.
package policy.inventory.token_creation

import data.policy.lib.rbac

deny contains rbac.violation(grant, "act as a service account, with a token of it,") if {
	some grant in rbac.grants({
		"groups": {""},
		"resources": {"serviceaccounts/token", "*/token"},
		"verbs": {"create"},
	})
}
