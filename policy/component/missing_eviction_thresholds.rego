# METADATA
# scope: package
# title: Kubelet leaves eviction to the defaults
# description: >-
#   Thresholds decide when pods and images have to go before memory or disk run out. Defaults that do not fit the node
#   let one pod take it down.
# related_resources:
# - https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: missing-eviction-thresholds
#   severity: info
#   default: false
#   kinds: [kubelet]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: fail
#   remediation: >-
#     Set `evictionHard`, `imageGCHighThresholdPercent` and `imageGCLowThresholdPercent`.
package policy.component.missing_eviction_thresholds

import data.policy.lib.component

absent := data.parameters["missing-eviction-thresholds"].absent

deny contains component.finding(name, "thresholds do not fit the node") if {
	some name in {"evictionHard", "imageGCHighThresholdPercent", "imageGCLowThresholdPercent"}
	component.judged("kubelet", name, absent).missing
}

unknown contains problem if some problem in component.doubts("kubelet", {"evictionHard", "imageGCHighThresholdPercent", "imageGCLowThresholdPercent"})
