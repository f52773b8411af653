# METADATA
# scope: package
# title: Audit sinks can be added while the cluster runs
# description: >-
#   The feature lets whoever may write a certain object send a copy of the audit log anywhere. Kubernetes removed it in
#   version 1.19.
# related_resources:
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: dynamic-auditing
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
#     Remove `DynamicAuditing` from `featureGates`.
package policy.component.dynamic_auditing

import data.policy.lib.component

absent := data.parameters["dynamic-auditing"].absent

deny contains component.finding("featureGates", "copies of the audit log can be sent anywhere") if {
	component.is(component.judged_gate("kubelet", "featureGates", "DynamicAuditing", absent), true)
}

unknown contains problem if some problem in component.doubts("kubelet", {"featureGates"})
