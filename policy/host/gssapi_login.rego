# METADATA
# scope: package
# title: GSSAPI opens SSH
# description: >-
#   The code behind GSSAPI runs before a user has signed in and is large. Hosts outside a Kerberos realm have no use for
#   it.
# related_resources:
# - https://man.openbsd.org/sshd_config#GSSAPIAuthentication
# custom:
#   id: gssapi-login
#   severity: low
#   default: false
#   remediation: >-
#     Set `GSSAPIAuthentication no`.
package policy.host.gssapi_login

import data.policy.lib.host

deny contains host.sshd_finding("GSSAPIAuthentication", place, "more code can be reached before a login") if {
	some place in host.sshd("GSSAPIAuthentication")
	host.words(place) != {"no"}
}

unknown contains problem if some problem in host.sshd_doubts("GSSAPIAuthentication")
