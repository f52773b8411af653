# METADATA
# scope: package
# title: Node asks whether an IPv6 address is taken
# description: >-
#   A neighbour that answers yes to every question keeps the node from getting an address.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: duplicate-address-detection
#   severity: info
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv6.conf.default.dad_transmits"]
#   remediation: >-
#     Set `net.ipv6.conf.default.dad_transmits = 0`.
package policy.host.duplicate_address_detection

import data.policy.lib.host

keys := data.parameters["duplicate-address-detection"].keys

deny contains host.sysctl_finding(parameter, "a neighbour can deny it every address") if {
	some parameter in host.sysctl(keys)
	parameter.value != 0
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
