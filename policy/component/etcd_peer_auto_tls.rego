# METADATA
# scope: package
# title: etcd makes its own certificates for members
# description: >-
#   Certificates that members sign themselves can be verified by nobody, so that whoever is on the path can pose as a
#   member.
# related_resources:
# - https://etcd.io/docs/latest/op-guide/security/
# - https://etcd.io/docs/latest/op-guide/configuration/
# custom:
#   id: etcd-peer-auto-tls
#   severity: medium
#   kinds: [etcd]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Remove `--peer-auto-tls`; name certificates in `--peer-cert-file` and `--peer-key-file`.
package policy.component.etcd_peer_auto_tls

import data.policy.lib.component

absent := data.parameters["etcd-peer-auto-tls"].absent

deny contains component.finding("peer-auto-tls", "members cannot tell each other from anybody else") if {
	component.differs(component.judged("etcd", "peer-auto-tls", absent), false)
}

unknown contains problem if some problem in component.doubts("etcd", {"peer-auto-tls"})
