# METADATA
# scope: package
# title: Directory of the kubelet's certificates is left to the default
# description: >-
#   OpenShift 3 keeps certificates of the kubelet in a directory with rights of its own and wants it named.
# related_resources:
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: missing-kubelet-certificate-directory
#   severity: info
#   default: false
#   kinds: [kubelet]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: fail
#   remediation: >-
#     Set `--cert-dir`.
package policy.component.missing_kubelet_certificate_directory

import data.policy.lib.component

absent := data.parameters["missing-kubelet-certificate-directory"].absent

deny contains component.finding("cert-dir", "certificates lie in the default directory") if {
	component.judged("kubelet", "cert-dir", absent).missing
}

unknown contains problem if some problem in component.doubts("kubelet", {"cert-dir"})
