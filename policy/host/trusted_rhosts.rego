# METADATA
# scope: package
# title: SSH believes lists of trusted hosts in home folders
# description: >-
#   A user's .rhosts names hosts that may come in without a password. Whoever can write it, or pose as such a host, is
#   in.
# related_resources:
# - https://man.openbsd.org/sshd_config#IgnoreRhosts
# custom:
#   id: trusted-rhosts
#   severity: medium
#   default: false
#   remediation: >-
#     Set `IgnoreRhosts yes`.
package policy.host.trusted_rhosts

import data.policy.lib.host

deny contains host.sshd_finding("IgnoreRhosts", place, "hosts that users name come in without a password") if {
	some place in host.sshd("IgnoreRhosts")
	host.words(place) != {"yes"}
}

unknown contains problem if some problem in host.sshd_doubts("IgnoreRhosts")
