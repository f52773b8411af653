# METADATA
# scope: package
# title: Kubelet takes its configuration from the API
# description: >-
#   The feature lets whoever may write a certain object change the settings of every node. Kubernetes removed it in
#   version 1.26.
# related_resources:
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: dynamic-kubelet-config
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
#     Remove `DynamicKubeletConfig` from `featureGates`.
package policy.component.dynamic_kubelet_config

import data.policy.lib.component

absent := data.parameters["dynamic-kubelet-config"].absent

deny contains component.finding("featureGates", "an object of the API can change it") if {
	component.is(component.judged_gate("kubelet", "featureGates", "DynamicKubeletConfig", absent), true)
}

unknown contains problem if some problem in component.doubts("kubelet", {"featureGates"})
