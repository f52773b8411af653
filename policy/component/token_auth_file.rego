# METADATA
# scope: package
# title: API server takes tokens from a file
# description: >-
#   The tokens of the file are valid for ever, stand in plain text on the node, and change only when the server starts
#   anew. Whoever reads the file once, or a backup of it, keeps the rights of its users.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: token-auth-file
#   severity: high
#   kinds: [kube-apiserver]
#   remediation: >-
#     Remove `--token-auth-file`; use service account tokens, client certificates or an OpenID Connect provider.
package policy.component.token_auth_file

import data.policy.lib.component

deny contains component.finding("token-auth-file", "tokens that never expire open the cluster") if {
	component.judged("kube-apiserver", "token-auth-file", "pass").value != ""
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"token-auth-file"})
