# METADATA
# scope: package
# title: Programs write into files that others made
# description: >-
#   In a folder that everybody may write to, an attacker makes a file under the name that another program is going to
#   create, and owns what it writes.
# related_resources:
# - https://docs.kernel.org/admin-guide/sysctl/fs.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: unprotected-regular-files
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["fs.protected_regular"]
#   remediation: >-
#     Set `fs.protected_regular = 2`; systemd does so on its own where nothing is written.
package policy.host.unprotected_regular_files

import data.policy.lib.host

keys := data.parameters["unprotected-regular-files"].keys

deny contains host.sysctl_finding(parameter, "programs write into files that others made") if {
	some parameter in host.sysctl(keys)
	input.sysctl.settings[parameter.key]
	parameter.value != 2
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
