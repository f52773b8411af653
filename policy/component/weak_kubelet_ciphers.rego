# METADATA
# scope: package
# title: Kubelet offers weak TLS ciphers
# description: >-
#   Without a list the kubelet offers what Go does by default, which includes ciphers without forward secrecy: recorded
#   traffic can be read later by whoever gets the key. A list may also name weak ones.
# related_resources:
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: weak-kubelet-ciphers
#   severity: low
#   default: false
#   kinds: [kubelet]
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
#         - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
#         - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
#         - TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305
#         - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
#         - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
#         - TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305
#   remediation: >-
#     Set `tlsCipherSuites` to suites with ECDHE and GCM or ChaCha20.
package policy.component.weak_kubelet_ciphers

import data.policy.lib.component

absent := data.parameters["weak-kubelet-ciphers"].absent

deny contains component.finding("tlsCipherSuites", "connections can be weaker than they look") if {
	component.outside(component.judged("kubelet", "tlsCipherSuites", absent), data.parameters["weak-kubelet-ciphers"].ciphers)
}

unknown contains problem if some problem in component.doubts("kubelet", {"tlsCipherSuites"})
