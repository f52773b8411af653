# METADATA
# scope: package
# title: SSH forwards agents
# description: >-
#   Root on the node uses the keys of everybody who is signed in with a forwarded agent, and goes on to their other
#   hosts.
# related_resources:
# - https://man.openbsd.org/sshd_config#AllowAgentForwarding
# custom:
#   id: agent-forwarding
#   severity: low
#   default: false
#   remediation: >-
#     Set `AllowAgentForwarding no`.
package policy.host.agent_forwarding

import data.policy.lib.host

deny contains host.sshd_finding("AllowAgentForwarding", place, "root on the node uses the keys of its users") if {
	some place in host.forwarding("AllowAgentForwarding")
	host.words(place) != {"no"}
}

unknown contains problem if some problem in host.sshd_doubts("AllowAgentForwarding")
