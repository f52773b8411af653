# METADATA
# scope: package
# title: API server does not verify kubelets
# description: >-
#   The API server accepts any certificate from a kubelet. Whoever can redirect its connections to a node reads the
#   logs, commands and secrets that pass through them.
# related_resources:
# - https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: missing-kubelet-certificate-authority
#   severity: medium
#   default: false
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--kubelet-certificate-authority`, and have kubelets serve certificates of that authority
#     (`serverTLSBootstrap: true`).
package policy.component.missing_kubelet_certificate_authority

import data.policy.lib.component

absent := data.parameters["missing-kubelet-certificate-authority"].absent

deny contains component.finding("kubelet-certificate-authority", "anybody can pose as a kubelet") if {
	component.empty(component.judged("kube-apiserver", "kubelet-certificate-authority", absent))
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"kubelet-certificate-authority"})
