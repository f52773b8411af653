# METADATA
# scope: package
# title: API server takes passwords from a file
# description: >-
#   A file of passwords in plain text is read once at start. Whoever reads it or a backup of it is each of its users
#   until the server starts anew with another file. Kubernetes removed the flag in version 1.19.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/authentication/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: basic-auth-file
#   severity: high
#   kinds: [kube-apiserver]
#   remediation: >-
#     Remove `--basic-auth-file`; give users certificates or an OpenID Connect provider.
package policy.component.basic_auth_file

import data.policy.lib.component

deny contains component.finding("basic-auth-file", "passwords in plain text open the cluster") if {
	component.judged("kube-apiserver", "basic-auth-file", "pass").value != ""
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"basic-auth-file"})
