# METADATA
# scope: package
# title: Users link to files that are not theirs
# description: >-
#   A hard link to a file of root in a folder of the attacker makes root change it there, and keeps old setuid programs
#   alive after an update.
# related_resources:
# - https://docs.kernel.org/admin-guide/sysctl/fs.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: unprotected-hardlinks
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["fs.protected_hardlinks"]
#   remediation: >-
#     Set `fs.protected_hardlinks = 1`.
package policy.host.unprotected_hardlinks

import data.policy.lib.host

keys := data.parameters["unprotected-hardlinks"].keys

deny contains host.sysctl_finding(parameter, "users link to files that are not theirs") if {
	some parameter in host.sysctl(keys)
	parameter.value != 1
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
