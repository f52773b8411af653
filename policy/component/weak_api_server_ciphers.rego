# METADATA
# scope: package
# title: API server offers weak TLS ciphers
# description: >-
#   Without a list the server offers what Go does by default, which differs from version to version and includes ciphers
#   without forward secrecy: recorded traffic can be read later by whoever gets the key. A list may also name weak ones.
# related_resources:
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: weak-api-server-ciphers
#   severity: low
#   default: false
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: fail
#     ciphers:
#       description: >-
#         The suites that may be offered.
#       default:
#         - TLS_AES_128_GCM_SHA256
#         - TLS_AES_256_GCM_SHA384
#         - TLS_CHACHA20_POLY1305_SHA256
#         - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
#         - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
#         - TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305
#         - TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
#         - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
#         - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
#         - TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305
#         - TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
#   remediation: >-
#     Set `--tls-cipher-suites` to suites with ECDHE and GCM or ChaCha20.
package policy.component.weak_api_server_ciphers

import data.policy.lib.component

absent := data.parameters["weak-api-server-ciphers"].absent

deny contains component.finding("tls-cipher-suites", "connections can be weaker than they look") if {
	component.outside(component.judged("kube-apiserver", "tls-cipher-suites", absent), data.parameters["weak-api-server-ciphers"].ciphers)
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"tls-cipher-suites"})
