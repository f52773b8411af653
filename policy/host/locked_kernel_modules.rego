# METADATA
# scope: package
# title: Loading of kernel modules is locked
# description: >-
#   Once locked, modules that come later cannot be loaded before a restart, which breaks network plugins and storage
#   drivers. The benchmark's default expects that it is open.
# related_resources:
# - https://docs.kernel.org/admin-guide/sysctl/kernel.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: locked-kernel-modules
#   severity: info
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["kernel.modules_disabled"]
#   remediation: >-
#     Set `kernel.modules_disabled = 0`.
package policy.host.locked_kernel_modules

import data.policy.lib.host

keys := data.parameters["locked-kernel-modules"].keys

deny contains host.sysctl_finding(parameter, "drivers that come later cannot be loaded") if {
	some parameter in host.sysctl(keys)
	parameter.value != 0
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
