# METADATA
# scope: package
# title: API server speaks old TLS
# description: >-
#   TLS 1.0 and 1.1 have known weaknesses, and whoever sits between can push connections down to them. Without the flag
#   the server starts at 1.2.
# related_resources:
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: weak-api-server-tls-version
#   severity: medium
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Remove `--tls-min-version` or set it to `VersionTLS12` or `VersionTLS13`.
package policy.component.weak_api_server_tls_version

import data.policy.lib.component

absent := data.parameters["weak-api-server-tls-version"].absent

deny contains component.finding("tls-min-version", "connections can be pushed down to a broken version") if {
	component.judged("kube-apiserver", "tls-min-version", absent).value in {"VersionTLS10", "VersionTLS11"}
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"tls-min-version"})
