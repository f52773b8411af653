# METADATA
# scope: package
# title: Controller manager does not renew serving certificates of kubelets
# description: >-
#   With the feature off kubelets keep one serving certificate until it expires. Then either connections to the node
#   fail or somebody turns off their verification.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/
# custom:
#   id: controller-manager-disabled-server-rotation
#   severity: low
#   kinds: [kube-controller-manager]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Remove `RotateKubeletServerCertificate=false`, and `AllBeta=false`, from `--feature-gates`.
package policy.component.controller_manager_disabled_server_rotation

import data.policy.lib.component

absent := data.parameters["controller-manager-disabled-server-rotation"].absent

deny contains component.finding("feature-gates", "serving certificates of kubelets expire") if {
	component.is(component.judged_gate("kube-controller-manager", "feature-gates", "RotateKubeletServerCertificate", absent), false)
}

unknown contains problem if some problem in component.doubts("kube-controller-manager", {"feature-gates"})
