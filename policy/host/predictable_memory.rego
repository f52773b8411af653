# METADATA
# scope: package
# title: Memory of programs lies at predictable places
# description: >-
#   Without randomization an exploit knows where everything lies, and a flaw in any program becomes easy to use.
# related_resources:
# - https://docs.kernel.org/admin-guide/sysctl/kernel.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: predictable-memory
#   severity: medium
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["kernel.randomize_va_space"]
#   remediation: >-
#     Set `kernel.randomize_va_space = 2`.
package policy.host.predictable_memory

import data.policy.lib.host

keys := data.parameters["predictable-memory"].keys

deny contains host.sysctl_finding(parameter, "exploits know where things lie") if {
	some parameter in host.sysctl(keys)
	parameter.value != 2
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
