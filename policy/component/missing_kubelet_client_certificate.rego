# METADATA
# scope: package
# title: API server shows kubelets no certificate
# description: >-
#   Without a client certificate the API server reaches a kubelet as an anonymous user. Kubelets must then let in
#   anonymous requests for logs and `exec` to work, from everybody else as well.
# related_resources:
# - https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: missing-kubelet-client-certificate
#   severity: medium
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--kubelet-client-certificate` and `--kubelet-client-key`.
package policy.component.missing_kubelet_client_certificate

import data.policy.lib.component

absent := data.parameters["missing-kubelet-client-certificate"].absent

deny contains component.finding(name, "kubelets cannot tell the API server from anybody else") if {
	some name in {"kubelet-client-certificate", "kubelet-client-key"}
	component.empty(component.judged("kube-apiserver", name, absent))
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"kubelet-client-certificate", "kubelet-client-key"})
