# METADATA
# scope: package
# title: Kubelet does not renew its serving certificate
# description: >-
#   With the feature off the kubelet keeps one serving certificate until it expires. Then either connections to the node
#   fail or somebody turns off their verification.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: kubelet-disabled-server-rotation
#   severity: low
#   kinds: [kubelet]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Remove `RotateKubeletServerCertificate: false`, and `AllBeta: false`, from `featureGates`.
package policy.component.kubelet_disabled_server_rotation

import data.policy.lib.component

absent := data.parameters["kubelet-disabled-server-rotation"].absent

deny contains component.finding("featureGates", "its serving certificate expires") if {
	component.is(component.judged_gate("kubelet", "featureGates", "RotateKubeletServerCertificate", absent), false)
}

unknown contains problem if some problem in component.doubts("kubelet", {"featureGates"})
