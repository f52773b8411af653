# METADATA
# scope: package
# title: API server makes its own certificate
# description: >-
#   Without a certificate the server makes a self-signed one at start. Clients cannot verify it, get used to skipping
#   the check, and then talk to whoever answers.
# related_resources:
# - https://kubernetes.io/docs/setup/best-practices/certificates/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: missing-api-server-certificate
#   severity: medium
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--tls-cert-file` and `--tls-private-key-file`.
package policy.component.missing_api_server_certificate

import data.policy.lib.component

absent := data.parameters["missing-api-server-certificate"].absent

deny contains component.finding(name, "clients cannot verify the server") if {
	some name in {"tls-cert-file", "tls-private-key-file"}
	component.empty(component.judged("kube-apiserver", name, absent))
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"tls-cert-file", "tls-private-key-file"})
