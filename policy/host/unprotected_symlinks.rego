# METADATA
# scope: package
# title: Programs follow links that others made
# description: >-
#   In a folder that everybody may write to, an attacker makes a link under the name that another program is going to
#   open, and has it write elsewhere.
# related_resources:
# - https://docs.kernel.org/admin-guide/sysctl/fs.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: unprotected-symlinks
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["fs.protected_symlinks"]
#   remediation: >-
#     Set `fs.protected_symlinks = 1`.
package policy.host.unprotected_symlinks

import data.policy.lib.host

keys := data.parameters["unprotected-symlinks"].keys

deny contains host.sysctl_finding(parameter, "programs follow links that others made") if {
	some parameter in host.sysctl(keys)
	parameter.value != 1
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
