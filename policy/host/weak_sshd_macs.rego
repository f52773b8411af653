# METADATA
# scope: package
# title: SSH offers weak integrity checks
# description: >-
#   Short or old checks let whoever sits between change packets unseen.
# related_resources:
# - https://man.openbsd.org/sshd_config#MACs
# custom:
#   id: weak-sshd-macs
#   severity: low
#   default: false
#   parameters:
#     allowed:
#       description: >-
#         Algorithms that are accepted.
#       default:
#         - hmac-sha2-512-etm@openssh.com
#         - hmac-sha2-256-etm@openssh.com
#         - umac-128-etm@openssh.com
#         - hmac-sha2-512
#         - hmac-sha2-256
#   remediation: >-
#     Name only algorithms of the list in `MACs`.
package policy.host.weak_sshd_macs

import data.policy.lib.host

deny contains host.sshd_finding("MACs", place, "packets can be changed unseen") if {
	some place in host.sshd("MACs")
	some word in host.words(place)
	not word in data.parameters["weak-sshd-macs"].allowed
}

unknown contains problem if some problem in host.sshd_doubts("MACs")
