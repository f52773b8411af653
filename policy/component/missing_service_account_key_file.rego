# METADATA
# scope: package
# title: Service account tokens are verified with the TLS key
# description: >-
#   Without a key of their own, service account tokens are verified with the private key of the server's certificate.
#   Renewing one then breaks the other, and whoever gets that key can both pose as the server and make tokens.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: missing-service-account-key-file
#   severity: low
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--service-account-key-file` to the public key of the pair that signs tokens.
package policy.component.missing_service_account_key_file

import data.policy.lib.component

absent := data.parameters["missing-service-account-key-file"].absent

deny contains component.finding("service-account-key-file", "the TLS key of the server vouches for tokens as well") if {
	component.empty(component.judged("kube-apiserver", "service-account-key-file", absent))
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"service-account-key-file"})
