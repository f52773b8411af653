# METADATA
# scope: package
# title: SSH offers weak key exchange
# description: >-
#   With a weak exchange whoever records the traffic reads it later, when the computation is cheaper.
# related_resources:
# - https://man.openbsd.org/sshd_config#KexAlgorithms
# custom:
#   id: weak-sshd-key-exchange
#   severity: medium
#   default: false
#   parameters:
#     allowed:
#       description: >-
#         Methods that are accepted.
#       default:
#         - sntrup761x25519-sha512@openssh.com
#         - sntrup761x25519-sha512
#         - mlkem768x25519-sha256
#         - curve25519-sha256
#         - curve25519-sha256@libssh.org
#         - diffie-hellman-group-exchange-sha256
#   remediation: >-
#     Name only methods of the list in `KexAlgorithms`.
package policy.host.weak_sshd_key_exchange

import data.policy.lib.host

deny contains host.sshd_finding("KexAlgorithms", place, "recorded connections can be read later") if {
	some place in host.sshd("KexAlgorithms")
	some word in host.words(place)
	not word in data.parameters["weak-sshd-key-exchange"].allowed
}

unknown contains problem if some problem in host.sshd_doubts("KexAlgorithms")
