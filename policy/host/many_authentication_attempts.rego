# METADATA
# scope: package
# title: Many attempts in one SSH connection
# description: >-
#   Each connection is good for that many guesses before sshd closes it and makes an entry in the log.
# related_resources:
# - https://man.openbsd.org/sshd_config#MaxAuthTries
# custom:
#   id: many-authentication-attempts
#   severity: low
#   parameters:
#     maximum:
#       description: >-
#         How many attempts are accepted.
#       default: 3
#   remediation: >-
#     Set `MaxAuthTries 3`.
package policy.host.many_authentication_attempts

import data.policy.lib.host

deny contains host.sshd_finding("MaxAuthTries", place, "each connection is good for many guesses") if {
	some place in host.sshd("MaxAuthTries")
	host.number(place) > data.parameters["many-authentication-attempts"].maximum
}

unknown contains problem if some problem in host.sshd_doubts("MaxAuthTries")
