# METADATA
# scope: package
# title: Rate of ICMP messages is not the recommended one
# description: >-
#   The limit decides how many ICMP messages the node sends in answer to others; too many serve a flood, too few break
#   path discovery.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: icmp-rate-limit
#   severity: info
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv4.icmp_ratelimit"]
#   remediation: >-
#     Set `net.ipv4.icmp_ratelimit = 100`.
package policy.host.icmp_rate_limit

import data.policy.lib.host

keys := data.parameters["icmp-rate-limit"].keys

deny contains host.sysctl_finding(parameter, "ICMP messages are limited to another rate") if {
	some parameter in host.sysctl(keys)
	parameter.value != 100
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
