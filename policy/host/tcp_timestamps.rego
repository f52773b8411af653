# METADATA
# scope: package
# title: TCP timestamps show how long the node runs
# description: >-
#   From timestamps an attacker learns when the node was last started, and so which kernel fixes it lacks. Current
#   kernels add an offset for each connection, and without timestamps fast connections suffer.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: tcp-timestamps
#   severity: info
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv4.tcp_timestamps"]
#   remediation: >-
#     Set `net.ipv4.tcp_timestamps = 0`, if the old benchmark has to be met.
package policy.host.tcp_timestamps

import data.policy.lib.host

keys := data.parameters["tcp-timestamps"].keys

deny contains host.sysctl_finding(parameter, "packets carry a clock of the node") if {
	some parameter in host.sysctl(keys)
	parameter.value != 0
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
