# METADATA
# scope: package
# title: Hosts open SSH for their users
# description: >-
#   A host that is trusted opens the accounts of its users here. Whoever takes that host has this one.
# related_resources:
# - https://man.openbsd.org/sshd_config#HostbasedAuthentication
# custom:
#   id: host-based-login
#   severity: medium
#   default: false
#   remediation: >-
#     Set `HostbasedAuthentication no`.
package policy.host.host_based_login

import data.policy.lib.host

deny contains host.sshd_finding("HostbasedAuthentication", place, "who takes a trusted host has this one as well") if {
	some place in host.sshd("HostbasedAuthentication")
	host.words(place) != {"no"}
}

unknown contains problem if some problem in host.sshd_doubts("HostbasedAuthentication")
