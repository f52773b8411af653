# METADATA
# scope: package
# title: Packets with impossible senders leave no trace
# description: >-
#   Forged packets that the kernel drops are a first sign of an attack, and without this setting nobody sees them.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: unlogged-martians
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv4.conf.all.log_martians", "net.ipv4.conf.default.log_martians"]
#   remediation: >-
#     Set `net.ipv4.conf.all.log_martians = 1` and the same for `default`.
package policy.host.unlogged_martians

import data.policy.lib.host

keys := data.parameters["unlogged-martians"].keys

deny contains host.sysctl_finding(parameter, "forged packets leave no trace") if {
	some parameter in host.sysctl(keys)
	parameter.value != 1
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
