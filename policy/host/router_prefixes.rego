# METADATA
# scope: package
# title: Node takes IPv6 prefixes from the network
# description: >-
#   A neighbour announces a prefix and gives the node an address and routes of its choice.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: router-prefixes
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv6.conf.default.accept_ra_pinfo"]
#   remediation: >-
#     Set `net.ipv6.conf.default.accept_ra_pinfo = 0`.
package policy.host.router_prefixes

import data.policy.lib.host

keys := data.parameters["router-prefixes"].keys

deny contains host.sysctl_finding(parameter, "a neighbour can give it addresses") if {
	some parameter in host.sysctl(keys)
	parameter.value != 0
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
