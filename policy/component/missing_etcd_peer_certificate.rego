# METADATA
# scope: package
# title: etcd members talk without TLS
# description: >-
#   Members of etcd send each other all data. Without TLS whoever is on the path reads and changes it.
# related_resources:
# - https://etcd.io/docs/latest/op-guide/security/
# - https://etcd.io/docs/latest/op-guide/configuration/
# custom:
#   id: missing-etcd-peer-certificate
#   severity: medium
#   kinds: [etcd]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--peer-cert-file` and `--peer-key-file`.
package policy.component.missing_etcd_peer_certificate

import data.policy.lib.component

absent := data.parameters["missing-etcd-peer-certificate"].absent

deny contains component.finding(name, "members exchange all data in the clear") if {
	some name in {"peer-cert-file", "peer-key-file"}
	component.empty(component.judged("etcd", name, absent))
}

unknown contains problem if some problem in component.doubts("etcd", {"peer-cert-file", "peer-key-file"})
