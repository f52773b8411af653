# METADATA
# scope: package
# title: Local passwords do where Kerberos fails
# description: >-
#   When Kerberos refuses a password, sshd tries it on the local account, so that disabling somebody in Kerberos is not
#   enough.
# related_resources:
# - https://man.openbsd.org/sshd_config#KerberosOrLocalPasswd
# custom:
#   id: kerberos-local-password
#   severity: low
#   default: false
#   remediation: >-
#     Set `KerberosOrLocalPasswd no`.
package policy.host.kerberos_local_password

import data.policy.lib.host

deny contains host.sshd_finding("KerberosOrLocalPasswd", place, "local passwords work when Kerberos refuses") if {
	some place in host.sshd("KerberosOrLocalPasswd")
	host.words(place) != {"no"}
}

unknown contains problem if some problem in host.sshd_doubts("KerberosOrLocalPasswd")
