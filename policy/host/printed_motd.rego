# METADATA
# scope: package
# title: sshd prints the message of the day
# description: >-
#   PAM prints it already on most systems; twice is once too often, and it may tell versions.
# related_resources:
# - https://man.openbsd.org/sshd_config#PrintMotd
# custom:
#   id: printed-motd
#   severity: info
#   default: false
#   remediation: >-
#     Set `PrintMotd no`.
package policy.host.printed_motd

import data.policy.lib.host

deny contains host.sshd_finding("PrintMotd", place, "it is printed beside the one of PAM") if {
	some place in host.sshd("PrintMotd")
	host.words(place) != {"no"}
}

unknown contains problem if some problem in host.sshd_doubts("PrintMotd")
