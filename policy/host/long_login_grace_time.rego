# METADATA
# scope: package
# title: SSH waits long for a login
# description: >-
#   Each connection that never signs in holds a place until the time is over. A few clients are enough to keep others
#   out.
# related_resources:
# - https://man.openbsd.org/sshd_config#LoginGraceTime
# custom:
#   id: long-login-grace-time
#   severity: low
#   default: false
#   parameters:
#     maximum:
#       description: >-
#         The longest time in seconds that is accepted.
#       default: 30
#   remediation: >-
#     Set `LoginGraceTime 30`.
package policy.host.long_login_grace_time

import data.policy.lib.host

deny contains host.sshd_finding("LoginGraceTime", place, "connections that never sign in keep others out") if {
	some place in host.sshd("LoginGraceTime")
	not host.number(place) in numbers.range(1, data.parameters["long-login-grace-time"].maximum)
}

unknown contains problem if some problem in host.sshd_doubts("LoginGraceTime")
