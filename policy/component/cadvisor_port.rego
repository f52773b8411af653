# METADATA
# scope: package
# title: Kubelet serves cAdvisor on a port of its own
# description: >-
#   The port tells everybody who reaches it about the containers of the node and what they use. Kubernetes removed the
#   flag in version 1.12.
# related_resources:
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: cadvisor-port
#   severity: medium
#   default: false
#   kinds: [kubelet]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: pass
#   remediation: >-
#     Set `--cadvisor-port=0` on versions that have the flag.
package policy.component.cadvisor_port

import data.policy.lib.component

absent := data.parameters["cadvisor-port"].absent

deny contains component.finding("cadvisor-port", "anybody can read what the containers of the node do") if {
	component.wrong(component.judged("kubelet", "cadvisor-port", absent), {0, "0"})
}

unknown contains problem if some problem in component.doubts("kubelet", {"cadvisor-port"})
