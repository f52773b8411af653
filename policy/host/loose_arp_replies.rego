# METADATA
# scope: package
# title: Node answers ARP for addresses of other interfaces
# description: >-
#   A node that answers for all its addresses on every interface tells one network about the others and draws their
#   traffic.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: loose-arp-replies
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv4.conf.all.arp_ignore"]
#   remediation: >-
#     Set `net.ipv4.conf.all.arp_ignore = 1`.
package policy.host.loose_arp_replies

import data.policy.lib.host

keys := data.parameters["loose-arp-replies"].keys

deny contains host.sysctl_finding(parameter, "it answers for addresses of other networks") if {
	some parameter in host.sysctl(keys)
	not parameter.value in {1, 2}
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
