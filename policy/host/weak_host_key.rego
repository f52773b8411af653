# METADATA
# scope: package
# title: SSH identifies itself with an unusual key
# description: >-
#   A key of an old type can be forged, and one in an unusual place may be readable by others. Whoever has the key poses
#   as the node.
# related_resources:
# - https://man.openbsd.org/sshd_config#HostKey
# custom:
#   id: weak-host-key
#   severity: low
#   default: false
#   parameters:
#     allowed:
#       description: >-
#         Files that are accepted.
#       default:
#         - /etc/ssh/ssh_host_rsa_key
#         - /etc/ssh/ssh_host_ecdsa_key
#         - /etc/ssh/ssh_host_ed25519_key
#   remediation: >-
#     Use the RSA, ECDSA and Ed25519 keys in /etc/ssh.
package policy.host.weak_host_key

import data.policy.lib.host

deny contains host.sshd_finding("HostKey", place, "others may pose as the node") if {
	some place in host.sshd("HostKey")
	some word in host.words(place)
	not word in data.parameters["weak-host-key"].allowed
}

unknown contains problem if some problem in host.sshd_doubts("HostKey")
