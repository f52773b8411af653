# METADATA
# scope: package
# title: Node takes redirects from its gateways
# description: >-
#   A neighbour that poses as a gateway, which ARP makes easy, still redirects traffic to itself.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: secure-redirects
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv4.conf.all.secure_redirects", "net.ipv4.conf.default.secure_redirects"]
#   remediation: >-
#     Set `net.ipv4.conf.all.secure_redirects = 0` and the same for `default`.
package policy.host.secure_redirects

import data.policy.lib.host

keys := data.parameters["secure-redirects"].keys

deny contains host.sysctl_finding(parameter, "who poses as a gateway can redirect its traffic") if {
	some parameter in host.sysctl(keys)
	parameter.value != 0
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
