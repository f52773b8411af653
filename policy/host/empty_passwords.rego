# METADATA
# scope: package
# title: Empty passwords open SSH
# description: >-
#   An account without a password, made for a test or by an installer, is open to everybody.
# related_resources:
# - https://man.openbsd.org/sshd_config#PermitEmptyPasswords
# custom:
#   id: empty-passwords
#   severity: high
#   default: false
#   remediation: >-
#     Set `PermitEmptyPasswords no`.
package policy.host.empty_passwords

import data.policy.lib.host

deny contains host.sshd_finding("PermitEmptyPasswords", place, "accounts without a password are open") if {
	some place in host.sshd("PermitEmptyPasswords")
	host.words(place) != {"no"}
}

unknown contains problem if some problem in host.sshd_doubts("PermitEmptyPasswords")
