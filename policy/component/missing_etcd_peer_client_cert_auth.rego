# METADATA
# scope: package
# title: etcd lets in members without a certificate
# description: >-
#   Whoever reaches the peer port can join as a member and gets a copy of everything, secrets included.
# related_resources:
# - https://etcd.io/docs/latest/op-guide/security/
# - https://etcd.io/docs/latest/op-guide/configuration/
# custom:
#   id: missing-etcd-peer-client-cert-auth
#   severity: high
#   kinds: [etcd]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--peer-client-cert-auth=true` and `--peer-trusted-ca-file`.
package policy.component.missing_etcd_peer_client_cert_auth

import data.policy.lib.component

absent := data.parameters["missing-etcd-peer-client-cert-auth"].absent

deny contains component.finding("peer-client-cert-auth", "anybody can join as a member") if {
	component.differs(component.judged("etcd", "peer-client-cert-auth", absent), true)
}

unknown contains problem if some problem in component.doubts("etcd", {"peer-client-cert-auth"})
