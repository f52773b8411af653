# METADATA
# scope: package
# title: Kubelet does not take client certificates
# description: >-
#   Without an authority the kubelet cannot verify the API server's certificate, so that anonymous requests or tokens
#   have to do in its place.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: missing-kubelet-client-ca
#   severity: high
#   kinds: [kubelet]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `authentication.x509.clientCAFile`.
package policy.component.missing_kubelet_client_ca

import data.policy.lib.component

absent := data.parameters["missing-kubelet-client-ca"].absent

deny contains component.finding("authentication.x509.clientCAFile", "it cannot verify the API server") if {
	component.empty(component.judged("kubelet", "authentication.x509.clientCAFile", absent))
}

unknown contains problem if some problem in component.doubts("kubelet", {"authentication.x509.clientCAFile"})
