# METADATA
# scope: package
# title: etcd has no authority for client certificates
# description: >-
#   Without an authority of its own etcd cannot tell which client certificates are meant for it. If it trusts the
#   authority of the cluster, every certificate of that authority opens it.
# related_resources:
# - https://etcd.io/docs/latest/op-guide/security/
# - https://etcd.io/docs/latest/op-guide/configuration/
# custom:
#   id: missing-etcd-trusted-ca
#   severity: medium
#   kinds: [etcd]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--trusted-ca-file` to an authority that signs certificates for etcd only.
package policy.component.missing_etcd_trusted_ca

import data.policy.lib.component

absent := data.parameters["missing-etcd-trusted-ca"].absent

deny contains component.finding("trusted-ca-file", "it cannot tell which client certificates are good") if {
	component.empty(component.judged("etcd", "trusted-ca-file", absent))
}

unknown contains problem if some problem in component.doubts("etcd", {"trusted-ca-file"})
