# METADATA
# scope: package
# title: Node lets others change its routes (ICMP redirects)
# description: >-
#   Whoever sits on the same network sends a redirect and becomes the next hop for any destination, to read and change
#   what passes.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: redirected-routes
#   severity: medium
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv4.conf.all.accept_redirects"]
#   remediation: >-
#     Set `net.ipv4.conf.all.accept_redirects = 0`, and the same for `default`.
package policy.host.redirected_routes

import data.policy.lib.host

keys := data.parameters["redirected-routes"].keys

deny contains host.sysctl_finding(parameter, "a neighbour can redirect its traffic") if {
	some parameter in host.sysctl(keys)
	parameter.value != 0
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
