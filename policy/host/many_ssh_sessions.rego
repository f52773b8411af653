# METADATA
# scope: package
# title: SSH allows many sessions in one connection
# description: >-
#   All sessions of a connection pass with one login and one line in the log.
# related_resources:
# - https://man.openbsd.org/sshd_config#MaxSessions
# custom:
#   id: many-ssh-sessions
#   severity: info
#   default: false
#   parameters:
#     maximum:
#       description: >-
#         How many sessions are accepted.
#       default: 10
#   remediation: >-
#     Set `MaxSessions 10` or less.
package policy.host.many_ssh_sessions

import data.policy.lib.host

deny contains host.sshd_finding("MaxSessions", place, "one login opens many sessions") if {
	some place in host.sshd("MaxSessions")
	host.number(place) > data.parameters["many-ssh-sessions"].maximum
}

unknown contains problem if some problem in host.sshd_doubts("MaxSessions")
