# METADATA
# scope: package
# title: Node forwards packets
# description: >-
#   A node that forwards packets is a router between its networks, for an attacker as well. Nodes of a Kubernetes
#   cluster have to forward, so that this control is for other hosts only.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: ip-forwarding
#   severity: info
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding"]
#   remediation: >-
#     Set `net.ipv4.ip_forward = 0` on hosts that run no containers.
package policy.host.ip_forwarding

import data.policy.lib.host

keys := data.parameters["ip-forwarding"].keys

deny contains host.sysctl_finding(parameter, "it routes between its networks") if {
	some parameter in host.sysctl(keys)
	parameter.value != 0
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
