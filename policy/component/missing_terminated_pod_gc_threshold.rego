# METADATA
# scope: package
# title: Number of finished pods is left to the default
# description: >-
#   Finished pods are kept until there are 12500 of them. They fill etcd, and in a small cluster whoever may create pods
#   can fill it until the control plane slows down.
# related_resources:
# - https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-garbage-collection
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/
# custom:
#   id: missing-terminated-pod-gc-threshold
#   severity: info
#   default: false
#   kinds: [kube-controller-manager]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: fail
#   remediation: >-
#     Set `--terminated-pod-gc-threshold` to a number that fits the size of the cluster.
package policy.component.missing_terminated_pod_gc_threshold

import data.policy.lib.component

absent := data.parameters["missing-terminated-pod-gc-threshold"].absent

deny contains component.finding("terminated-pod-gc-threshold", "finished pods may fill etcd") if {
	component.judged("kube-controller-manager", "terminated-pod-gc-threshold", absent).missing
}

unknown contains problem if some problem in component.doubts("kube-controller-manager", {"terminated-pod-gc-threshold"})
