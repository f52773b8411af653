# METADATA
# scope: package
# title: Node answers pings to everybody
# description: >-
#   A ping to the broadcast address with a forged sender makes every host answer the victim at once.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: broadcast-echo
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv4.icmp_echo_ignore_broadcasts"]
#   remediation: >-
#     Set `net.ipv4.icmp_echo_ignore_broadcasts = 1`.
package policy.host.broadcast_echo

import data.policy.lib.host

keys := data.parameters["broadcast-echo"].keys

deny contains host.sysctl_finding(parameter, "it can be used to flood others") if {
	some parameter in host.sysctl(keys)
	parameter.value != 1
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
