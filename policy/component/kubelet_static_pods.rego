# METADATA
# scope: package
# title: Kubelet runs pods from a folder
# description: >-
#   Pods that lie as files on the node run without passing admission, and the API server cannot remove them. Whoever may
#   write into the folder keeps a foothold there. A control plane made by kubeadm needs it; nodes of a managed cluster
#   do not.
# related_resources:
# - https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: kubelet-static-pods
#   severity: low
#   default: false
#   kinds: [kubelet]
#   remediation: >-
#     Remove `staticPodPath` on nodes that run no control plane.
package policy.component.kubelet_static_pods

import data.policy.lib.component

deny contains component.finding("staticPodPath", "files on the node run as pods past admission") if {
	component.judged("kubelet", "staticPodPath", "pass").value != ""
}

unknown contains problem if some problem in component.doubts("kubelet", {"staticPodPath"})
