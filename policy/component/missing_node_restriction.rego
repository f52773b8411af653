# METADATA
# scope: package
# title: Kubelets may change other nodes
# description: >-
#   Without the plugin a kubelet may label and taint any node and change pods elsewhere. Whoever takes one node marks it
#   as the place for the workloads worth stealing from.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: missing-node-restriction
#   severity: high
#   kinds: [kube-apiserver]
#   remediation: >-
#     Add `NodeRestriction` to `--enable-admission-plugins`. A list of your own replaces the one that kubeadm or k3s
#     would have written, so it has to name the plugin again.
package policy.component.missing_node_restriction

import data.policy.lib.admission

deny contains admission.finding("NodeRestriction", "off", "a kubelet may change nodes and pods that are not its own") if admission.disabled("NodeRestriction")

unknown contains problem if some problem in admission.doubts
