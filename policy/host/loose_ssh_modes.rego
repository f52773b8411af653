# METADATA
# scope: package
# title: SSH does not look at the modes of users' files
# description: >-
#   A user's list of keys that others may write to lets them in as that user. The check that refuses such files is off.
# related_resources:
# - https://man.openbsd.org/sshd_config#StrictModes
# custom:
#   id: loose-ssh-modes
#   severity: medium
#   default: false
#   remediation: >-
#     Set `StrictModes yes`.
package policy.host.loose_ssh_modes

import data.policy.lib.host

deny contains host.sshd_finding("StrictModes", place, "keys in files that others may write to are believed") if {
	some place in host.sshd("StrictModes")
	host.words(place) != {"yes"}
}

unknown contains problem if some problem in host.sshd_doubts("StrictModes")
