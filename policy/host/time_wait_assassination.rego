# METADATA
# scope: package
# title: Connections that are closing can be cut off
# description: >-
#   A late packet can end the waiting state of a closed connection early, after which old packets are taken for those of
#   a new one (RFC 1337).
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: time-wait-assassination
#   severity: info
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv4.tcp_rfc1337"]
#   remediation: >-
#     Set `net.ipv4.tcp_rfc1337 = 1`.
package policy.host.time_wait_assassination

import data.policy.lib.host

keys := data.parameters["time-wait-assassination"].keys

deny contains host.sysctl_finding(parameter, "late packets disturb new connections") if {
	some parameter in host.sysctl(keys)
	parameter.value != 1
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
