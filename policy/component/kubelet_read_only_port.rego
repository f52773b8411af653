# METADATA
# scope: package
# title: Kubelet serves a port without authentication
# description: >-
#   The read-only port tells everybody who reaches it the pods of the node with their environment and labels, and which
#   of them would be worth an attack.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: kubelet-read-only-port
#   severity: high
#   kinds: [kubelet]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `readOnlyPort: 0`. A kubelet without a configuration file needs the flag `--read-only-port=0`, because its
#     default is 10255.
package policy.component.kubelet_read_only_port

import data.policy.lib.component

absent := data.parameters["kubelet-read-only-port"].absent

deny contains component.finding("readOnlyPort", "anybody can read which pods run and how") if {
	component.differs(component.judged("kubelet", "readOnlyPort", absent), 0)
}

unknown contains problem if some problem in component.doubts("kubelet", {"readOnlyPort"})
