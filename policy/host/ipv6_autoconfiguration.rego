# METADATA
# scope: package
# title: Node gives itself IPv6 addresses from the network
# description: >-
#   Addresses made from announced prefixes are ones that no firewall rule was written for.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: ipv6-autoconfiguration
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv6.conf.default.autoconf", "net.ipv6.conf.all.autoconf"]
#   remediation: >-
#     Set `net.ipv6.conf.all.autoconf = 0` and the same for `default`.
package policy.host.ipv6_autoconfiguration

import data.policy.lib.host

keys := data.parameters["ipv6-autoconfiguration"].keys

deny contains host.sysctl_finding(parameter, "it takes addresses that nobody assigned") if {
	some parameter in host.sysctl(keys)
	parameter.value != 0
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
