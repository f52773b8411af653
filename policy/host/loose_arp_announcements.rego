# METADATA
# scope: package
# title: Node announces addresses of other interfaces
# description: >-
#   In ARP requests the node names any of its addresses as the sender and so tells one network about the others.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: loose-arp-announcements
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv4.conf.all.arp_announce"]
#   remediation: >-
#     Set `net.ipv4.conf.all.arp_announce = 2`.
package policy.host.loose_arp_announcements

import data.policy.lib.host

keys := data.parameters["loose-arp-announcements"].keys

deny contains host.sysctl_finding(parameter, "it announces addresses of other networks") if {
	some parameter in host.sysctl(keys)
	parameter.value != 2
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
