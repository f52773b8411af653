# METADATA
# scope: package
# title: SSH carries whole networks
# description: >-
#   A tunnel device joins the user's network with that of the node, below every filter.
# related_resources:
# - https://man.openbsd.org/sshd_config#PermitTunnel
# custom:
#   id: ssh-tunnel
#   severity: medium
#   default: false
#   remediation: >-
#     Set `PermitTunnel no`.
package policy.host.ssh_tunnel

import data.policy.lib.host

deny contains host.sshd_finding("PermitTunnel", place, "users join networks with the one of the node") if {
	some place in host.sshd("PermitTunnel")
	host.words(place) != {"no"}
}

unknown contains problem if some problem in host.sshd_doubts("PermitTunnel")
