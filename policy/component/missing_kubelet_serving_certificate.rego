# METADATA
# scope: package
# title: Kubelet serves a certificate of its own making
# description: >-
#   The API server cannot verify a kubelet that signs its own certificate. Whoever can redirect the connection reads
#   logs and commands. A kubelet that asks the cluster for its certificate (`serverTLSBootstrap: true`) is accepted.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: missing-kubelet-serving-certificate
#   severity: low
#   default: false
#   kinds: [kubelet]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `serverTLSBootstrap: true` and approve the requests, or set `tlsCertFile` and `tlsPrivateKeyFile`.
package policy.component.missing_kubelet_serving_certificate

import data.policy.lib.component

absent := data.parameters["missing-kubelet-serving-certificate"].absent

deny contains component.finding(name, "the API server cannot verify it") if {
	some name in {"tlsCertFile", "tlsPrivateKeyFile"}
	component.empty(component.judged("kubelet", name, absent))
	component.value("serverTLSBootstrap") != true
}

unknown contains problem if some problem in component.doubts("kubelet", {"tlsCertFile", "tlsPrivateKeyFile", "serverTLSBootstrap"})
