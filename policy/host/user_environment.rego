# METADATA
# scope: package
# title: Users set the environment of their SSH sessions
# description: >-
#   A variable such as LD_PRELOAD in a file of the user gets around restrictions that the account has.
# related_resources:
# - https://man.openbsd.org/sshd_config#PermitUserEnvironment
# custom:
#   id: user-environment
#   severity: medium
#   default: false
#   remediation: >-
#     Set `PermitUserEnvironment no`.
package policy.host.user_environment

import data.policy.lib.host

deny contains host.sshd_finding("PermitUserEnvironment", place, "users get around restrictions of their accounts") if {
	some place in host.sshd("PermitUserEnvironment")
	host.words(place) != {"no"}
}

unknown contains problem if some problem in host.sshd_doubts("PermitUserEnvironment")
