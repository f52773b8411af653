# METADATA
# scope: package
# title: SSH logs too little
# description: >-
#   At the level VERBOSE the log has the fingerprint of the key that opened each session. Without it nobody can tell
#   which of several keys was used.
# related_resources:
# - https://man.openbsd.org/sshd_config#LogLevel
# custom:
#   id: quiet-ssh-log
#   severity: low
#   default: false
#   parameters:
#     allowed:
#       description: >-
#         Levels that are accepted.
#       default: ["VERBOSE"]
#   remediation: >-
#     Set `LogLevel VERBOSE`.
package policy.host.quiet_ssh_log

import data.policy.lib.host

deny contains host.sshd_finding("LogLevel", place, "the log does not show what an investigation needs") if {
	some place in host.sshd("LogLevel")
	some word in host.words(place)
	not word in data.parameters["quiet-ssh-log"].allowed
}

unknown contains problem if some problem in host.sshd_doubts("LogLevel")
