# METADATA
# scope: package
# title: sshd would not start
# description: >-
#   sshd refuses its files as a whole when one line is wrong. After the next restart nobody can sign in, or the server
#   that still runs goes on with the old settings, and nobody sees that the hardening in the repository is not in force.
# related_resources:
# - https://man.openbsd.org/sshd_config
# custom:
#   id: refused-sshd
#   severity: high
#   remediation: >-
#     Correct the line that the message names; `sshd -t` on the node tells the same.
package policy.host.refused_sshd

import data.policy.lib.host

deny contains {"message": message, "path": ["sshd", "refused", i]} if {
	some i, reason in host.sshd_refused
	message := sprintf("sshd would not start: %s", [reason])
}
