# METADATA
# scope: package
# title: SSH does not use PAM
# description: >-
#   Without PAM expired and locked accounts, limits and second factors have no effect on SSH.
# related_resources:
# - https://man.openbsd.org/sshd_config#UsePAM
# custom:
#   id: disabled-pam
#   severity: low
#   default: false
#   remediation: >-
#     Set `UsePAM yes`.
package policy.host.disabled_pam

import data.policy.lib.host

deny contains host.sshd_finding("UsePAM", place, "locks and limits of accounts have no effect") if {
	some place in host.sshd("UsePAM")
	host.words(place) != {"yes"}
}

unknown contains problem if some problem in host.sshd_doubts("UsePAM")
