# METADATA
# scope: package
# title: Kubelet configuration touches the kernel defaults switch
# description: >-
#   On OpenShift 4 the platform keeps kernel parameters itself and wants the switch untouched.
# related_resources:
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: kernel-defaults-override
#   severity: info
#   default: false
#   kinds: [kubelet]
#   remediation: >-
#     Remove `protectKernelDefaults`.
package policy.component.kernel_defaults_override

import data.policy.lib.component

deny contains component.finding("protectKernelDefaults", "it is not the platform that decides") if {
	component.runs("kubelet")
	component.known("protectKernelDefaults")
	component.written("protectKernelDefaults")
}

unknown contains problem if some problem in component.doubts("kubelet", {"protectKernelDefaults"})
