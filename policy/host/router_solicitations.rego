# METADATA
# scope: package
# title: Node asks for IPv6 routers
# description: >-
#   A node that asks who the router is believes whoever answers first.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: router-solicitations
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default:
#         - net.ipv6.conf.default.router_solicitations
#         - net.ipv6.conf.all.router_solicitations
#   remediation: >-
#     Set `net.ipv6.conf.all.router_solicitations = 0` and the same for `default`.
package policy.host.router_solicitations

import data.policy.lib.host

keys := data.parameters["router-solicitations"].keys

deny contains host.sysctl_finding(parameter, "it asks its neighbours for a router") if {
	some parameter in host.sysctl(keys)
	parameter.value != 0
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
