# METADATA
# scope: package
# title: API server serves a port without authentication
# description: >-
#   Requests to the insecure port pass neither authentication nor authorization: whoever reaches it rules the cluster.
#   It was on by default before Kubernetes 1.20 and is gone since 1.24.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/controlling-access/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: insecure-port
#   severity: critical
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--insecure-port=0` on versions that have the flag.
package policy.component.insecure_port

import data.policy.lib.component

absent := data.parameters["insecure-port"].absent

deny contains component.finding("insecure-port", "whoever reaches the port rules the cluster") if {
	component.wrong(component.judged("kube-apiserver", "insecure-port", absent), {0, "0"})
}

# Before 1.20 the port was open by default.
deny contains component.finding("insecure-port", "port 8080 is open to whoever reaches it") if {
	absent == "default"
	component.runs("kube-apiserver")
	component.known("insecure-port")
	not component.written("insecure-port")
	to_number(split(input.version, ".")[1]) < 20
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"insecure-port"})
