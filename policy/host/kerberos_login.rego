# METADATA
# scope: package
# title: Kerberos passwords open SSH
# description: >-
#   The server takes the user's Kerberos password and checks it itself. A compromised server so gets passwords of the
#   whole realm.
# related_resources:
# - https://man.openbsd.org/sshd_config#KerberosAuthentication
# custom:
#   id: kerberos-login
#   severity: low
#   default: false
#   remediation: >-
#     Set `KerberosAuthentication no`.
package policy.host.kerberos_login

import data.policy.lib.host

deny contains host.sshd_finding("KerberosAuthentication", place, "a compromised server gets passwords of the realm") if {
	some place in host.sshd("KerberosAuthentication")
	host.words(place) != {"no"}
}

unknown contains problem if some problem in host.sshd_doubts("KerberosAuthentication")
