# METADATA
# scope: package
# title: etcd lets in clients without a certificate
# description: >-
#   Whoever reaches the port reads every secret of the cluster and writes every object, past authentication, RBAC,
#   admission and audit.
# related_resources:
# - https://etcd.io/docs/latest/op-guide/security/
# - https://etcd.io/docs/latest/op-guide/configuration/
# custom:
#   id: missing-etcd-client-cert-auth
#   severity: critical
#   kinds: [etcd]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--client-cert-auth=true` and `--trusted-ca-file`.
package policy.component.missing_etcd_client_cert_auth

import data.policy.lib.component

absent := data.parameters["missing-etcd-client-cert-auth"].absent

deny contains component.finding("client-cert-auth", "whoever reaches the port rules the cluster") if {
	component.differs(component.judged("etcd", "client-cert-auth", absent), true)
}

unknown contains problem if some problem in component.doubts("etcd", {"client-cert-auth"})
