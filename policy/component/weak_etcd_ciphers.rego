# METADATA
# scope: package
# title: etcd offers weak TLS ciphers
# description: >-
#   A cipher without forward secrecy lets whoever gets the key later read what was recorded earlier; RC4 and 3DES are
#   broken. Without a list etcd offers Go's defaults.
# related_resources:
# - https://etcd.io/docs/latest/op-guide/security/
# - https://etcd.io/docs/latest/op-guide/configuration/
# custom:
#   id: weak-etcd-ciphers
#   severity: low
#   kinds: [etcd]
#   parameters:
#     ciphers:
#       description: >-
#         The suites that may be offered.
#       default:
#         - TLS_AES_128_GCM_SHA256
#         - TLS_AES_256_GCM_SHA384
#         - TLS_CHACHA20_POLY1305_SHA256
#         - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
#         - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
#         - TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
#         - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
#         - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
#         - TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
#   remediation: >-
#     Remove `--cipher-suites` or keep to suites with ECDHE and GCM or ChaCha20, and those of TLS 1.3.
package policy.component.weak_etcd_ciphers

import data.policy.lib.component

deny contains component.finding("cipher-suites", "connections can be weaker than they look") if {
	judged := component.judged("etcd", "cipher-suites", "pass")
	some i
	suite := judged.value[i]
	suite != ""
	not suite in data.parameters["weak-etcd-ciphers"].ciphers
}

unknown contains problem if some problem in component.doubts("etcd", {"cipher-suites"})
