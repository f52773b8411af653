# METADATA
# scope: package
# title: SSH forwards connections
# description: >-
#   Whoever may sign in reaches, through the node, networks that are closed from outside, past the firewall and its log.
# related_resources:
# - https://man.openbsd.org/sshd_config#AllowTcpForwarding
# custom:
#   id: tcp-forwarding
#   severity: low
#   remediation: >-
#     Set `AllowTcpForwarding no`, or `DisableForwarding yes`.
package policy.host.tcp_forwarding

import data.policy.lib.host

deny contains host.sshd_finding("AllowTcpForwarding", place, "users reach networks behind the node") if {
	some place in host.forwarding("AllowTcpForwarding")
	host.words(place) != {"no"}
}

unknown contains problem if some problem in host.sshd_doubts("AllowTcpForwarding")
