# METADATA
# scope: package
# title: SSH waits long for dead clients
# description: >-
#   The more unanswered questions sshd accepts, the longer a session stays open whose client is gone.
# related_resources:
# - https://man.openbsd.org/sshd_config#ClientAliveCountMax
# custom:
#   id: patient-ssh-sessions
#   severity: low
#   default: false
#   parameters:
#     maximum:
#       description: >-
#         How many unanswered questions are accepted.
#       default: 3
#   remediation: >-
#     Set `ClientAliveCountMax 3`.
package policy.host.patient_ssh_sessions

import data.policy.lib.host

deny contains host.sshd_finding("ClientAliveCountMax", place, "sessions of clients that are gone stay open") if {
	some place in host.sshd("ClientAliveCountMax")
	host.number(place) > data.parameters["patient-ssh-sessions"].maximum
}

unknown contains problem if some problem in host.sshd_doubts("ClientAliveCountMax")
