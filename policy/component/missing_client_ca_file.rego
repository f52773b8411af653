# METADATA
# scope: package
# title: API server does not take client certificates
# description: >-
#   Without an authority the server accepts no client certificates. Components and administrators then need tokens or
#   passwords, which are easier to copy.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/authentication/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: missing-client-ca-file
#   severity: medium
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--client-ca-file`.
package policy.component.missing_client_ca_file

import data.policy.lib.component

absent := data.parameters["missing-client-ca-file"].absent

deny contains component.finding("client-ca-file", "nobody can sign in with a certificate") if {
	component.empty(component.judged("kube-apiserver", "client-ca-file", absent))
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"client-ca-file"})
