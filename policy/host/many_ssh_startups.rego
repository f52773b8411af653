# METADATA
# scope: package
# title: SSH lets many connections wait for a login
# description: >-
#   Connections that have not signed in yet are cheap for an attacker and hold memory of the node.
# related_resources:
# - https://man.openbsd.org/sshd_config#MaxStartups
# custom:
#   id: many-ssh-startups
#   severity: low
#   default: false
#   parameters:
#     maximum:
#       description: >-
#         How many waiting connections are accepted.
#       default: 60
#   remediation: >-
#     Set `MaxStartups 10:30:60`.
package policy.host.many_ssh_startups

import data.policy.lib.host

deny contains host.sshd_finding("MaxStartups", place, "many connections can wait for a login") if {
	some place in host.sshd("MaxStartups")
	some word in host.words(place)
	to_number(split(word, ":")[2]) > data.parameters["many-ssh-startups"].maximum
}

unknown contains problem if some problem in host.sshd_doubts("MaxStartups")
