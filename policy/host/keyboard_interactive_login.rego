# METADATA
# scope: package
# title: SSH asks questions to sign in
# description: >-
#   Keyboard-interactive login mostly asks for the password through PAM, and so lets passwords in although
#   `PasswordAuthentication` is off.
# related_resources:
# - https://man.openbsd.org/sshd_config#KbdInteractiveAuthentication
# custom:
#   id: keyboard-interactive-login
#   severity: low
#   default: false
#   remediation: >-
#     Set `KbdInteractiveAuthentication no`, unless PAM asks for a second factor.
package policy.host.keyboard_interactive_login

import data.policy.lib.host

deny contains host.sshd_finding("KbdInteractiveAuthentication", place, "passwords may be asked for after all") if {
	some place in host.sshd("KbdInteractiveAuthentication")
	host.words(place) != {"no"}
}

unknown contains problem if some problem in host.sshd_doubts("KbdInteractiveAuthentication")
