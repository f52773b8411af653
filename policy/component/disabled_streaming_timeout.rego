# METADATA
# scope: package
# title: Kubelet keeps idle streams open for ever
# description: >-
#   `exec`, `attach` and `port-forward` sessions that nobody uses stay open. They pile up until the node has no
#   connections left, and a forgotten session waits for whoever finds it.
# related_resources:
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: disabled-streaming-timeout
#   severity: low
#   kinds: [kubelet]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Remove the flag `--streaming-connection-idle-timeout=0`. Zero in the configuration file means the default of four
#     hours and is accepted.
package policy.component.disabled_streaming_timeout

import data.policy.lib.component

absent := data.parameters["disabled-streaming-timeout"].absent

deny contains component.finding("streamingConnectionIdleTimeout", "idle sessions stay open for ever") if {
	component.is(component.judged("kubelet", "streamingConnectionIdleTimeout", absent), "0s")
}

unknown contains problem if some problem in component.doubts("kubelet", {"streamingConnectionIdleTimeout"})
