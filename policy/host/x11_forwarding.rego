# METADATA
# scope: package
# title: SSH forwards X11
# description: >-
#   A compromised server reads keys and screens of the users who sign in with X11 forwarded.
# related_resources:
# - https://man.openbsd.org/sshd_config#X11Forwarding
# custom:
#   id: x11-forwarding
#   severity: low
#   remediation: >-
#     Set `X11Forwarding no`.
package policy.host.x11_forwarding

import data.policy.lib.host

deny contains host.sshd_finding("X11Forwarding", place, "the node can reach the screens of its users") if {
	some place in host.forwarding("X11Forwarding")
	host.words(place) != {"no"}
}

unknown contains problem if some problem in host.sshd_doubts("X11Forwarding")
