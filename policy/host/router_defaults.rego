# METADATA
# scope: package
# title: Node takes its default IPv6 route from the network
# description: >-
#   A neighbour announces itself as the router and gets everything that leaves the network.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: router-defaults
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv6.conf.default.accept_ra_defrtr"]
#   remediation: >-
#     Set `net.ipv6.conf.default.accept_ra_defrtr = 0`.
package policy.host.router_defaults

import data.policy.lib.host

keys := data.parameters["router-defaults"].keys

deny contains host.sysctl_finding(parameter, "a neighbour can become its default router") if {
	some parameter in host.sysctl(keys)
	parameter.value != 0
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
