# METADATA
# scope: package
# title: Node sends redirects
# description: >-
#   A host that is no router has no routes to recommend. An intruder on it uses redirects to draw the traffic of its
#   neighbours.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: sent-redirects
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv4.conf.all.send_redirects", "net.ipv4.conf.default.send_redirects"]
#   remediation: >-
#     Set `net.ipv4.conf.all.send_redirects = 0` and the same for `default`.
package policy.host.sent_redirects

import data.policy.lib.host

keys := data.parameters["sent-redirects"].keys

deny contains host.sysctl_finding(parameter, "it tells neighbours which way to go") if {
	some parameter in host.sysctl(keys)
	parameter.value != 0
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
