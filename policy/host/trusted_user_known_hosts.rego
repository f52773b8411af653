# METADATA
# scope: package
# title: SSH believes the known hosts of users
# description: >-
#   For host-based login sshd looks at each user's own list of host keys, where the user may have put any key.
# related_resources:
# - https://man.openbsd.org/sshd_config#IgnoreUserKnownHosts
# custom:
#   id: trusted-user-known-hosts
#   severity: low
#   default: false
#   remediation: >-
#     Set `IgnoreUserKnownHosts yes`.
package policy.host.trusted_user_known_hosts

import data.policy.lib.host

deny contains host.sshd_finding("IgnoreUserKnownHosts", place, "users decide which hosts are trusted") if {
	some place in host.sshd("IgnoreUserKnownHosts")
	host.words(place) != {"yes"}
}

unknown contains problem if some problem in host.sshd_doubts("IgnoreUserKnownHosts")
