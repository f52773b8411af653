# METADATA
# scope: package
# title: SSH does not notice dead clients
# description: >-
#   Sessions whose client is gone stay open and wait for whoever takes over its address.
# related_resources:
# - https://man.openbsd.org/sshd_config#ClientAliveInterval
# custom:
#   id: unwatched-ssh-sessions
#   severity: low
#   default: false
#   parameters:
#     maximum:
#       description: >-
#         The longest interval in seconds that is accepted.
#       default: 300
#   remediation: >-
#     Set `ClientAliveInterval 300`.
package policy.host.unwatched_ssh_sessions

import data.policy.lib.host

deny contains host.sshd_finding("ClientAliveInterval", place, "sessions of clients that are gone stay open") if {
	some place in host.sshd("ClientAliveInterval")
	not host.number(place) in numbers.range(1, data.parameters["unwatched-ssh-sessions"].maximum)
}

unknown contains problem if some problem in host.sshd_doubts("ClientAliveInterval")
