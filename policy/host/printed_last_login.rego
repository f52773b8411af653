# METADATA
# scope: package
# title: sshd prints the last login
# description: >-
#   The baseline leaves it to PAM, which knows failed logins as well.
# related_resources:
# - https://man.openbsd.org/sshd_config#PrintLastLog
# custom:
#   id: printed-last-login
#   severity: info
#   default: false
#   remediation: >-
#     Set `PrintLastLog no`.
package policy.host.printed_last_login

import data.policy.lib.host

deny contains host.sshd_finding("PrintLastLog", place, "it is printed beside the one of PAM") if {
	some place in host.sshd("PrintLastLog")
	host.words(place) != {"no"}
}

unknown contains problem if some problem in host.sshd_doubts("PrintLastLog")
