# METADATA
# scope: package
# title: Programs write into pipes that others made
# description: >-
#   In a folder that everybody may write to, an attacker makes a pipe under the name that another program is going to
#   create, and reads what it writes.
# related_resources:
# - https://docs.kernel.org/admin-guide/sysctl/fs.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: unprotected-fifos
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["fs.protected_fifos"]
#   remediation: >-
#     Set `fs.protected_fifos = 1` or 2; systemd does so on its own where nothing is written.
package policy.host.unprotected_fifos

import data.policy.lib.host

keys := data.parameters["unprotected-fifos"].keys

deny contains host.sysctl_finding(parameter, "programs write into pipes that others made") if {
	some parameter in host.sysctl(keys)
	input.sysctl.settings[parameter.key]
	not parameter.value in {1, 2}
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
