# METADATA
# scope: package
# title: Kubelet does not renew its client certificate
# description: >-
#   The certificate with which the kubelet signs in to the API server is used until it expires. Then the node drops out
#   of the cluster, and until then a stolen one works.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: disabled-kubelet-certificate-rotation
#   severity: medium
#   kinds: [kubelet]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: pass
#   remediation: >-
#     Set `rotateCertificates: true`.
package policy.component.disabled_kubelet_certificate_rotation

import data.policy.lib.component

absent := data.parameters["disabled-kubelet-certificate-rotation"].absent

deny contains component.finding("rotateCertificates", "its certificate is used until it expires") if {
	component.is(component.judged("kubelet", "rotateCertificates", absent), false)
}

unknown contains problem if some problem in component.doubts("kubelet", {"rotateCertificates"})
