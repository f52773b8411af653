# METADATA
# scope: package
# title: Kubelet keeps volumes of finished pods
# description: >-
#   Data of finished pods stays on the node, where a later pod or an intruder finds it. The flag is gone from current
#   versions.
# related_resources:
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: kept-pod-volumes
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
#     Remove `--keep-terminated-pod-volumes`.
package policy.component.kept_pod_volumes

import data.policy.lib.component

absent := data.parameters["kept-pod-volumes"].absent

deny contains component.finding("keep-terminated-pod-volumes", "data of finished pods stays on the node") if {
	component.judged("kubelet", "keep-terminated-pod-volumes", absent).value in {true, "true"}
}

unknown contains problem if some problem in component.doubts("kubelet", {"keep-terminated-pod-volumes"})
