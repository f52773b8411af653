# METADATA
# scope: package
# title: SSH listens on an unusual port
# description: >-
#   The baseline wants SSH where everybody expects it, so that firewalls and monitoring see it. A port above 1023 can
#   also be taken by any user while sshd is down.
# related_resources:
# - https://man.openbsd.org/sshd_config#Port
# custom:
#   id: unusual-sshd-port
#   severity: info
#   default: false
#   parameters:
#     allowed:
#       description: >-
#         Ports that are accepted.
#       default: ["22"]
#   remediation: >-
#     Set `Port 22`.
package policy.host.unusual_sshd_port

import data.policy.lib.host

deny contains host.sshd_finding("Port", place, "monitoring that looks at port 22 does not see it") if {
	some place in host.sshd("Port")
	some word in host.words(place)
	not word in data.parameters["unusual-sshd-port"].allowed
}

unknown contains problem if some problem in host.sshd_doubts("Port")
