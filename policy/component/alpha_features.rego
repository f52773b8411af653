# METADATA
# scope: package
# title: Kubelet runs with all alpha features
# description: >-
#   Alpha features are unfinished, little tested and change without notice. All of them together are a large surface
#   that nobody has looked at.
# related_resources:
# - https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: alpha-features
#   severity: medium
#   default: false
#   kinds: [kubelet]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Remove `AllAlpha` from `featureGates` and name the gates that are needed.
package policy.component.alpha_features

import data.policy.lib.component

absent := data.parameters["alpha-features"].absent

deny contains component.finding("featureGates", "unfinished features are on") if {
	component.is(component.judged_gate("kubelet", "featureGates", "AllAlpha", absent), true)
}

unknown contains problem if some problem in component.doubts("kubelet", {"featureGates"})
