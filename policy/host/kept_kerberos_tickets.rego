# METADATA
# scope: package
# title: Kerberos tickets stay on the node
# description: >-
#   Tickets that are not removed at the end of a session are there for whoever comes next as root.
# related_resources:
# - https://man.openbsd.org/sshd_config#KerberosTicketCleanup
# custom:
#   id: kept-kerberos-tickets
#   severity: low
#   default: false
#   remediation: >-
#     Set `KerberosTicketCleanup yes`.
package policy.host.kept_kerberos_tickets

import data.policy.lib.host

deny contains host.sshd_finding("KerberosTicketCleanup", place, "tickets outlive their sessions") if {
	some place in host.sshd("KerberosTicketCleanup")
	host.words(place) != {"yes"}
}

unknown contains problem if some problem in host.sshd_doubts("KerberosTicketCleanup")
