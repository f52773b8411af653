# METADATA
# scope: package
# title: Programs with raised rights leave readable core dumps
# description: >-
#   A core dump of a setuid program holds what only root should read, passwords and keys among it.
# related_resources:
# - https://docs.kernel.org/admin-guide/sysctl/fs.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: dumpable-setuid-programs
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["fs.suid_dumpable"]
#   remediation: >-
#     Set `fs.suid_dumpable = 0`.
package policy.host.dumpable_setuid_programs

import data.policy.lib.host

keys := data.parameters["dumpable-setuid-programs"].keys

deny contains host.sysctl_finding(parameter, "their memory can be read from core dumps") if {
	some parameter in host.sysctl(keys)
	not parameter.value in {0, 2}
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
