# METADATA
# scope: package
# title: Magic keys command the kernel
# description: >-
#   Whoever sits at the console, also a virtual one, kills processes, dumps memory or restarts the node with a key.
# related_resources:
# - https://docs.kernel.org/admin-guide/sysctl/kernel.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: magic-sysrq
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["kernel.sysrq"]
#   remediation: >-
#     Set `kernel.sysrq = 0`.
package policy.host.magic_sysrq

import data.policy.lib.host

keys := data.parameters["magic-sysrq"].keys

deny contains host.sysctl_finding(parameter, "keys at the console command the kernel") if {
	some parameter in host.sysctl(keys)
	parameter.value != 0
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
