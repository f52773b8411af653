# METADATA
# scope: package
# title: sshd tells its Debian version
# description: >-
#   The version of the package tells an attacker which fixes are missing.
# related_resources:
# - https://manpages.debian.org/sshd_config
# custom:
#   id: debian-banner
#   severity: info
#   default: false
#   remediation: >-
#     Set `DebianBanner no`.
package policy.host.debian_banner

import data.policy.lib.host

deny contains host.sshd_finding("DebianBanner", place, "strangers learn which fixes are missing") if {
	some place in host.sshd("DebianBanner")
	host.words(place) != {"no"}
}

unknown contains problem if some problem in host.sshd_doubts("DebianBanner")
