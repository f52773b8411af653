# METADATA
# scope: package
# title: SSH shows a banner before the login
# description: >-
#   A banner tells strangers whose host it is. The baseline of dev-sec wants none, the CIS benchmark wants one: see
#   `missing-ssh-banner`.
# related_resources:
# - https://man.openbsd.org/sshd_config#Banner
# custom:
#   id: ssh-banner
#   severity: info
#   default: false
#   remediation: >-
#     Set `Banner none`.
package policy.host.ssh_banner

import data.policy.lib.host

deny contains host.sshd_finding("Banner", place, "strangers read it before they sign in") if {
	some place in host.sshd("Banner")
	host.words(place) != {"none"}
}

unknown contains problem if some problem in host.sshd_doubts("Banner")
