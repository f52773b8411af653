# METADATA
# scope: package
# title: Core dumps of programs with raised rights land where the user is
# description: >-
#   With `fs.suid_dumpable = 2` and a relative pattern, a user chooses the folder into which root's core dump is
#   written.
# related_resources:
# - https://docs.kernel.org/admin-guide/sysctl/kernel.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: relative-core-pattern
#   severity: low
#   default: false
#   remediation: >-
#     Set `kernel.core_pattern` to an absolute path or a pipe.
package policy.host.relative_core_pattern

import data.policy.lib.host

keys := ["kernel.core_pattern", "fs.suid_dumpable"]

deny contains {"message": message, "path": ["sysctl", "settings", "kernel.core_pattern"]} if {
	some parameter in host.sysctl(["fs.suid_dumpable"])
	parameter.value == 2
	host.sysctl_unknown("kernel.core_pattern") == null
	pattern := object.get(input.sysctl.settings, ["kernel.core_pattern", "value"], "core")
	not substring(pattern, 0, 1) in {"/", "|"}
	message := sprintf("`kernel.core_pattern` is `%s` and `fs.suid_dumpable` 2, so that users choose where root writes", [pattern])
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
