# METADATA
# scope: package
# title: Kubelet changes kernel parameters
# description: >-
#   The kubelet sets kernel parameters to what it expects and so undoes what hardening of the node has set, without a
#   word.
# related_resources:
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: unprotected-kernel-defaults
#   severity: low
#   default: false
#   kinds: [kubelet]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `protectKernelDefaults: true`, and the parameters themselves in sysctl.d: the kubelet then refuses to start on
#     a node that differs.
package policy.component.unprotected_kernel_defaults

import data.policy.lib.component

absent := data.parameters["unprotected-kernel-defaults"].absent

deny contains component.finding("protectKernelDefaults", "kernel parameters of the node are changed in silence") if {
	component.differs(component.judged("kubelet", "protectKernelDefaults", absent), true)
}

unknown contains problem if some problem in component.doubts("kubelet", {"protectKernelDefaults"})
