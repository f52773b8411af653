# METADATA
# scope: package
# title: Forwarded ports are open to the network
# description: >-
#   A port that a user forwards is open to everybody who reaches the node, in place of its own users only.
# related_resources:
# - https://man.openbsd.org/sshd_config#GatewayPorts
# custom:
#   id: gateway-ports
#   severity: low
#   default: false
#   remediation: >-
#     Set `GatewayPorts no`.
package policy.host.gateway_ports

import data.policy.lib.host

deny contains host.sshd_finding("GatewayPorts", place, "others reach what users forward") if {
	some place in host.forwarding("GatewayPorts")
	host.words(place) != {"no"}
}

unknown contains problem if some problem in host.sshd_doubts("GatewayPorts")
