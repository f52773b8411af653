# METADATA
# scope: package
# title: SSH logs to another facility
# description: >-
#   Rules that collect and watch logins look at the facility AUTH.
# related_resources:
# - https://man.openbsd.org/sshd_config#SyslogFacility
# custom:
#   id: unusual-ssh-log-facility
#   severity: info
#   default: false
#   parameters:
#     allowed:
#       description: >-
#         Facilities that are accepted.
#       default: ["AUTH", "AUTHPRIV"]
#   remediation: >-
#     Set `SyslogFacility AUTH`.
package policy.host.unusual_ssh_log_facility

import data.policy.lib.host

deny contains host.sshd_finding("SyslogFacility", place, "rules for logins may not see its messages") if {
	some place in host.sshd("SyslogFacility")
	some word in host.words(place)
	not word in data.parameters["unusual-ssh-log-facility"].allowed
}

unknown contains problem if some problem in host.sshd_doubts("SyslogFacility")
