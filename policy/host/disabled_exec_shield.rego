# METADATA
# scope: package
# title: Exec shield is not on (old Red Hat kernels)
# description: >-
#   Kernels of Red Hat before version 7 use it to keep data from being executed. Later kernels rely on the processor and
#   lack the key.
# related_resources:
# - https://docs.kernel.org/admin-guide/sysctl/kernel.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: disabled-exec-shield
#   severity: info
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["kernel.exec-shield"]
#   remediation: >-
#     Set `kernel.exec-shield = 1` on those kernels.
package policy.host.disabled_exec_shield

import data.policy.lib.host

keys := data.parameters["disabled-exec-shield"].keys

deny contains host.sysctl_finding(parameter, "data may be executed on old kernels") if {
	some parameter in host.sysctl(keys)
	parameter.value != 1
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
