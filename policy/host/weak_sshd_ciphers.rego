# METADATA
# scope: package
# title: SSH offers weak ciphers
# description: >-
#   Old ciphers let whoever records or changes the traffic find out parts of it.
# related_resources:
# - https://man.openbsd.org/sshd_config#Ciphers
# custom:
#   id: weak-sshd-ciphers
#   severity: medium
#   default: false
#   parameters:
#     allowed:
#       description: >-
#         Ciphers that are accepted.
#       default:
#         - chacha20-poly1305@openssh.com
#         - aes256-gcm@openssh.com
#         - aes128-gcm@openssh.com
#         - aes256-ctr
#         - aes192-ctr
#         - aes128-ctr
#   remediation: >-
#     Name only ciphers of the list in `Ciphers`.
package policy.host.weak_sshd_ciphers

import data.policy.lib.host

deny contains host.sshd_finding("Ciphers", place, "connections can be weaker than they look") if {
	some place in host.sshd("Ciphers")
	some word in host.words(place)
	not word in data.parameters["weak-sshd-ciphers"].allowed
}

unknown contains problem if some problem in host.sshd_doubts("Ciphers")
