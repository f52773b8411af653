# METADATA
# scope: package
# title: Node takes packets with forged senders
# description: >-
#   Without the strict filter the kernel accepts packets whose answer would leave by another interface. An attacker on
#   one network sends packets in the name of another, past rules that trust the sender. The value 2 only asks that the
#   sender can be reached at all.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: disabled-reverse-path-filter
#   severity: low
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv4.conf.all.rp_filter"]
#   remediation: >-
#     Set `net.ipv4.conf.all.rp_filter = 1`. Networks with asymmetric routes, and some network plugins, need 2.
package policy.host.disabled_reverse_path_filter

import data.policy.lib.host

keys := data.parameters["disabled-reverse-path-filter"].keys

deny contains host.sysctl_finding(parameter, "packets with forged senders are taken") if {
	some parameter in host.sysctl(keys)
	parameter.value != 1
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
