# METADATA
# scope: package
# title: SSH shows no banner before the login
# description: >-
#   Some jurisdictions want intruders warned before they can be prosecuted. The CIS benchmark wants a banner, the
#   baseline of dev-sec wants none: see `ssh-banner`.
# related_resources:
# - https://man.openbsd.org/sshd_config#Banner
# custom:
#   id: missing-ssh-banner
#   severity: info
#   default: false
#   remediation: >-
#     Set `Banner /etc/issue.net`.
package policy.host.missing_ssh_banner

import data.policy.lib.host

deny contains host.sshd_finding("Banner", place, "nobody is warned before the login") if {
	some place in host.sshd("Banner")
	host.words(place) == {"none"}
}

unknown contains problem if some problem in host.sshd_doubts("Banner")
