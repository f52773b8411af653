# METADATA
# scope: package
# title: Interfaces take many IPv6 addresses
# description: >-
#   Each announced prefix adds an address, and a flood of them fills the tables of the kernel.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: many-ipv6-addresses
#   severity: info
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv6.conf.default.max_addresses"]
#   remediation: >-
#     Set `net.ipv6.conf.default.max_addresses = 1`.
package policy.host.many_ipv6_addresses

import data.policy.lib.host

keys := data.parameters["many-ipv6-addresses"].keys

deny contains host.sysctl_finding(parameter, "announcements can add addresses") if {
	some parameter in host.sysctl(keys)
	parameter.value != 1
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
