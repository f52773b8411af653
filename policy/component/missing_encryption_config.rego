# METADATA
# scope: package
# title: Secrets lie in etcd as they are
# description: >-
#   Without an encryption configuration secrets are stored in plain text. A copy of etcd's disk or of one of its backups
#   is a copy of every password in the cluster.
# related_resources:
# - https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: missing-encryption-config
#   severity: medium
#   default: false
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--encryption-provider-config`; on k3s set `secrets-encryption: true`.
package policy.component.missing_encryption_config

import data.policy.lib.component

absent := data.parameters["missing-encryption-config"].absent

deny contains component.finding("encryption-provider-config", "secrets are stored in plain text") if {
	component.empty(component.judged("kube-apiserver", "encryption-provider-config", absent))
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"encryption-provider-config"})
