# METADATA
# scope: package
# title: Kernel shows its addresses
# description: >-
#   Addresses of the kernel in /proc tell an exploit where its target lies and undo the randomization of the kernel's
#   place in memory. The value 2 hides them from root as well.
# related_resources:
# - https://docs.kernel.org/admin-guide/sysctl/kernel.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: exposed-kernel-addresses
#   severity: low
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["kernel.kptr_restrict"]
#   remediation: >-
#     Set `kernel.kptr_restrict = 2`.
package policy.host.exposed_kernel_addresses

import data.policy.lib.host

keys := data.parameters["exposed-kernel-addresses"].keys

deny contains host.sysctl_finding(parameter, "an exploit can read where the kernel lies") if {
	some parameter in host.sysctl(keys)
	parameter.value != 2
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
