# METADATA
# scope: package
# title: Keys do not open SSH
# description: >-
#   Without keys only passwords are left, which can be guessed.
# related_resources:
# - https://man.openbsd.org/sshd_config#PubkeyAuthentication
# custom:
#   id: disabled-public-key-login
#   severity: low
#   default: false
#   remediation: >-
#     Set `PubkeyAuthentication yes`.
package policy.host.disabled_public_key_login

import data.policy.lib.host

deny contains host.sshd_finding("PubkeyAuthentication", place, "only weaker ways to sign in are left") if {
	some place in host.sshd("PubkeyAuthentication")
	host.words(place) != {"yes"}
}

unknown contains problem if some problem in host.sshd_doubts("PubkeyAuthentication")
