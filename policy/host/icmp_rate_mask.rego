# METADATA
# scope: package
# title: Set of limited ICMP messages is not the recommended one
# description: >-
#   The mask decides which ICMP messages the limit holds for. The default leaves echo replies and timestamps out, which
#   serve a flood.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: icmp-rate-mask
#   severity: info
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv4.icmp_ratemask"]
#   remediation: >-
#     Set `net.ipv4.icmp_ratemask = 88089`.
package policy.host.icmp_rate_mask

import data.policy.lib.host

keys := data.parameters["icmp-rate-mask"].keys

deny contains host.sysctl_finding(parameter, "other ICMP messages are limited") if {
	some parameter in host.sysctl(keys)
	parameter.value != 88089
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
