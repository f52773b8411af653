# METADATA
# scope: package
# title: Kubelet drops events
# description: >-
#   Events beyond the limit are dropped. Whoever makes the kubelet write many of them hides the one that gives them
#   away.
# related_resources:
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: limited-event-rate
#   severity: info
#   default: false
#   kinds: [kubelet]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#     unlimited:
#       description: >-
#         Whether only 0, which means no limit, is accepted.
#       default: true
#   remediation: >-
#     Set `eventRecordQPS` to a rate that the control plane can take; older benchmarks ask for 0, which means no limit.
package policy.component.limited_event_rate

import data.policy.lib.component

absent := data.parameters["limited-event-rate"].absent

deny contains component.finding("eventRecordQPS", "events beyond that rate are dropped") if {
	judged := component.judged("kubelet", "eventRecordQPS", absent)
	limited(judged, data.parameters["limited-event-rate"].unlimited)
}

limited(judged, true) if component.differs(judged, 0)

limited(judged, false) if component.below(judged, 0)

unknown contains problem if some problem in component.doubts("kubelet", {"eventRecordQPS"})
