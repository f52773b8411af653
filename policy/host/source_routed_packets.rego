# METADATA
# scope: package
# title: Node takes packets that choose their own way
# description: >-
#   A source-routed packet names the routers it passes. With it an attacker reaches networks that are not routed to from
#   outside, and past the filters between.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: source-routed-packets
#   severity: medium
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv4.conf.all.accept_source_route"]
#   remediation: >-
#     Set `net.ipv4.conf.all.accept_source_route = 0`, and the same for `default` and IPv6.
package policy.host.source_routed_packets

import data.policy.lib.host

keys := data.parameters["source-routed-packets"].keys

deny contains host.sysctl_finding(parameter, "a sender chooses the way of its packets") if {
	some parameter in host.sysctl(keys)
	parameter.value != 0
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
