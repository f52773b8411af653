# METADATA
# scope: package
# title: etcd makes its own certificates for clients
# description: >-
#   Certificates that etcd signs itself can be verified by nobody. Whoever sits between answers with one of their own
#   and reads every secret.
# related_resources:
# - https://etcd.io/docs/latest/op-guide/security/
# - https://etcd.io/docs/latest/op-guide/configuration/
# custom:
#   id: etcd-auto-tls
#   severity: high
#   kinds: [etcd]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Remove `--auto-tls`; name a certificate in `--cert-file` and `--key-file`.
package policy.component.etcd_auto_tls

import data.policy.lib.component

absent := data.parameters["etcd-auto-tls"].absent

deny contains component.finding("auto-tls", "clients cannot tell etcd from anybody else") if {
	component.differs(component.judged("etcd", "auto-tls", absent), false)
}

unknown contains problem if some problem in component.doubts("etcd", {"auto-tls"})
