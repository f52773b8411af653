# METADATA
# scope: package
# title: Requests to the API server may take long
# description: >-
#   Each request that is still running holds memory and a place in the queue. With a long limit, or none, a few slow
#   clients are enough to keep others out.
# related_resources:
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: long-request-timeout
#   severity: low
#   default: false
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#     maximum:
#       description: >-
#         The longest duration that is accepted.
#       default: "300s"
#   remediation: >-
#     Remove `--request-timeout` or set it to at most 300s.
package policy.component.long_request_timeout

import data.policy.lib.component

absent := data.parameters["long-request-timeout"].absent

deny contains component.finding("request-timeout", "slow requests can keep others out") if {
	judged := component.judged("kube-apiserver", "request-timeout", absent)
	component.outlasts(judged, data.parameters["long-request-timeout"].maximum)
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"request-timeout"})
