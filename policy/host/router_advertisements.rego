# METADATA
# scope: package
# title: Node takes IPv6 settings from the network
# description: >-
#   Router advertisements are not authenticated: whoever sits on the same network gives the node addresses, routes and
#   name servers.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: router-advertisements
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv6.conf.all.accept_ra", "net.ipv6.conf.default.accept_ra"]
#   remediation: >-
#     Set `net.ipv6.conf.all.accept_ra = 0` and the same for `default`: `all` does not reach interfaces.
package policy.host.router_advertisements

import data.policy.lib.host

keys := data.parameters["router-advertisements"].keys

deny contains host.sysctl_finding(parameter, "a neighbour can configure its network") if {
	some parameter in host.sysctl(keys)
	parameter.value != 0
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
