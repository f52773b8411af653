# METADATA
# scope: package
# title: API server talks to kubelets without TLS
# description: >-
#   Logs, commands sent into containers and their output cross the network in the clear, and whoever sits between can
#   change them. Kubernetes removed the flag in version 1.22.
# related_resources:
# - https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: insecure-kubelet-https
#   severity: high
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Remove `--kubelet-https`; TLS is the default.
package policy.component.insecure_kubelet_https

import data.policy.lib.component

absent := data.parameters["insecure-kubelet-https"].absent

deny contains component.finding("kubelet-https", "connections to kubelets can be read and changed") if {
	component.wrong(component.judged("kube-apiserver", "kubelet-https", absent), {true, "true"})
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"kubelet-https"})
