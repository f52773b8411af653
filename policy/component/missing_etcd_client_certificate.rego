# METADATA
# scope: package
# title: API server shows etcd no certificate
# description: >-
#   An API server that reaches etcd without a certificate needs an etcd that lets in everybody. Whoever reaches its port
#   then reads every secret and writes every object, past all rules of the cluster.
# related_resources:
# - https://kubernetes.io/docs/setup/best-practices/certificates/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: missing-etcd-client-certificate
#   severity: high
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--etcd-certfile` and `--etcd-keyfile`.
package policy.component.missing_etcd_client_certificate

import data.policy.lib.component

absent := data.parameters["missing-etcd-client-certificate"].absent

deny contains component.finding(name, "etcd cannot tell the API server from anybody else") if {
	some name in {"etcd-certfile", "etcd-keyfile"}
	component.remote_etcd
	component.empty(component.judged("kube-apiserver", name, absent))
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"etcd-certfile", "etcd-keyfile"})
