# METADATA
# scope: package
# title: Processes may trace each other
# description: >-
#   A process that may trace others of the same user reads keys and passwords out of their memory. One compromised
#   program is then all programs of the user.
# related_resources:
# - https://docs.kernel.org/admin-guide/LSM/Yama.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: process-tracing
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["kernel.yama.ptrace_scope"]
#   remediation: >-
#     Set `kernel.yama.ptrace_scope = 2`.
package policy.host.process_tracing

import data.policy.lib.host

keys := data.parameters["process-tracing"].keys

deny contains host.sysctl_finding(parameter, "a process reads the memory of others") if {
	some parameter in host.sysctl(keys)
	not parameter.value in {2, 3}
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
