# METADATA
# scope: package
# title: Node takes the preference of IPv6 routers from the network
# description: >-
#   An announcement with a high preference makes any neighbour the default router.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: router-preference
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv6.conf.default.accept_ra_rtr_pref"]
#   remediation: >-
#     Set `net.ipv6.conf.default.accept_ra_rtr_pref = 0`.
package policy.host.router_preference

import data.policy.lib.host

keys := data.parameters["router-preference"].keys

deny contains host.sysctl_finding(parameter, "a neighbour can make itself the preferred router") if {
	some parameter in host.sysctl(keys)
	parameter.value != 0
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
