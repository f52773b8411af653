# METADATA
# scope: package
# title: Node lets others change its IPv6 routes
# description: >-
#   Whoever sits on the same network sends a redirect and becomes the next hop for any destination.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: ipv6-redirects
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv6.conf.all.accept_redirects", "net.ipv6.conf.default.accept_redirects"]
#   remediation: >-
#     Set `net.ipv6.conf.all.accept_redirects = 0` and the same for `default`: `all` does not reach interfaces.
package policy.host.ipv6_redirects

import data.policy.lib.host

keys := data.parameters["ipv6-redirects"].keys

deny contains host.sysctl_finding(parameter, "a neighbour can redirect its traffic") if {
	some parameter in host.sysctl(keys)
	parameter.value != 0
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
