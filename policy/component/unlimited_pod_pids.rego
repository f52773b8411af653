# METADATA
# scope: package
# title: A pod may use all process ids of the node
# description: >-
#   A pod that starts processes without end leaves none for the node: kubelet, sshd and all other pods fail. One
#   compromised container is enough.
# related_resources:
# - https://kubernetes.io/docs/concepts/policy/pid-limiting/
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: unlimited-pod-pids
#   severity: low
#   default: false
#   kinds: [kubelet]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: fail
#   remediation: >-
#     Set `podPidsLimit` to a positive number, 4096 for instance.
package policy.component.unlimited_pod_pids

import data.policy.lib.component

absent := data.parameters["unlimited-pod-pids"].absent

deny contains component.finding("podPidsLimit", "one pod can use up the process ids of the node") if {
	component.below(component.judged("kubelet", "podPidsLimit", absent), 1)
}

unknown contains problem if some problem in component.doubts("kubelet", {"podPidsLimit"})
