# METADATA
# scope: package
# title: Everybody reads the kernel's log
# description: >-
#   The log holds addresses, names of devices and traces of crashes that help an exploit on its way. Containers read it
#   too.
# related_resources:
# - https://docs.kernel.org/admin-guide/sysctl/kernel.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: exposed-kernel-log
#   severity: low
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["kernel.dmesg_restrict"]
#   remediation: >-
#     Set `kernel.dmesg_restrict = 1`.
package policy.host.exposed_kernel_log

import data.policy.lib.host

keys := data.parameters["exposed-kernel-log"].keys

deny contains host.sysctl_finding(parameter, "any process may read the kernel's log") if {
	some parameter in host.sysctl(keys)
	parameter.value != 1
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
