# METADATA
# scope: package
# title: API server does not verify etcd
# description: >-
#   The API server believes whatever server answers in etcd's place. Whoever can redirect the connection reads every
#   secret as it is written and hands out objects of their own.
# related_resources:
# - https://kubernetes.io/docs/setup/best-practices/certificates/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: missing-etcd-ca-file
#   severity: high
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--etcd-cafile`.
package policy.component.missing_etcd_ca_file

import data.policy.lib.component

absent := data.parameters["missing-etcd-ca-file"].absent

deny contains component.finding("etcd-cafile", "anybody can pose as etcd") if {
	component.remote_etcd
	component.empty(component.judged("kube-apiserver", "etcd-cafile", absent))
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"etcd-cafile"})
