# METADATA
# scope: package
# title: Passwords open SSH
# description: >-
#   Passwords are guessed, reused and phished. Every SSH server on the network is tried with lists of them all day. sshd
#   allows them unless told otherwise.
# related_resources:
# - https://man.openbsd.org/sshd_config#PasswordAuthentication
# custom:
#   id: password-login
#   severity: medium
#   remediation: >-
#     Set `PasswordAuthentication no`; sign in with keys.
package policy.host.password_login

import data.policy.lib.host

deny contains host.sshd_finding("PasswordAuthentication", place, "passwords can be guessed from the network") if {
	some place in host.sshd("PasswordAuthentication")
	host.words(place) != {"no"}
}

unknown contains problem if some problem in host.sshd_doubts("PasswordAuthentication")
