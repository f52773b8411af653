# METADATA
# scope: package
# title: etcd serves clients without TLS
# description: >-
#   Everything in the cluster, secrets included, crosses the network between API server and etcd. Without TLS whoever is
#   on the path reads and changes it.
# related_resources:
# - https://etcd.io/docs/latest/op-guide/security/
# - https://etcd.io/docs/latest/op-guide/configuration/
# custom:
#   id: missing-etcd-server-certificate
#   severity: high
#   kinds: [etcd]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--cert-file` and `--key-file`, or `client-transport-security` in etcd's configuration file.
package policy.component.missing_etcd_server_certificate

import data.policy.lib.component

absent := data.parameters["missing-etcd-server-certificate"].absent

deny contains component.finding(name, "what it stores crosses the network in the clear") if {
	some name in {"cert-file", "key-file"}
	component.empty(component.judged("etcd", name, absent))
}

unknown contains problem if some problem in component.doubts("etcd", {"cert-file", "key-file"})
