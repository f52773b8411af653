# METADATA
# scope: package
# title: Node forwards IPv6 packets
# description: >-
#   A node that forwards packets is a router between its networks, for an attacker as well. Nodes of a cluster with IPv6
#   have to forward.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: ipv6-forwarding
#   severity: info
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv6.conf.all.forwarding"]
#   remediation: >-
#     Set `net.ipv6.conf.all.forwarding = 0` on hosts that run no containers.
package policy.host.ipv6_forwarding

import data.policy.lib.host

keys := data.parameters["ipv6-forwarding"].keys

deny contains host.sysctl_finding(parameter, "it routes between its networks") if {
	some parameter in host.sysctl(keys)
	parameter.value != 0
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
