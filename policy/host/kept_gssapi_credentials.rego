# METADATA
# scope: package
# title: GSSAPI credentials stay on the node
# description: >-
#   Credentials that are not removed at the end of a session are there for whoever comes next as root.
# related_resources:
# - https://man.openbsd.org/sshd_config#GSSAPICleanupCredentials
# custom:
#   id: kept-gssapi-credentials
#   severity: low
#   default: false
#   remediation: >-
#     Set `GSSAPICleanupCredentials yes`.
package policy.host.kept_gssapi_credentials

import data.policy.lib.host

deny contains host.sshd_finding("GSSAPICleanupCredentials", place, "credentials outlive their sessions") if {
	some place in host.sshd("GSSAPICleanupCredentials")
	host.words(place) != {"yes"}
}

unknown contains problem if some problem in host.sshd_doubts("GSSAPICleanupCredentials")
