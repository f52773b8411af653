# METADATA
# scope: package
# title: Node can be kept busy with half-open connections
# description: >-
#   Without SYN cookies a flood of connections that are begun and never finished fills the queue, and nobody else gets
#   in.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: disabled-syn-cookies
#   severity: low
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv4.tcp_syncookies"]
#   remediation: >-
#     Set `net.ipv4.tcp_syncookies = 1`.
package policy.host.disabled_syn_cookies

import data.policy.lib.host

keys := data.parameters["disabled-syn-cookies"].keys

deny contains host.sysctl_finding(parameter, "a flood of half-open connections keeps others out") if {
	some parameter in host.sysctl(keys)
	parameter.value != 1
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
