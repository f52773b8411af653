# METADATA
# scope: package
# title: Pods cannot verify the API server
# description: >-
#   The controller manager puts the authority of `--root-ca-file` into every namespace. Without it pods cannot verify
#   the API server, and clients that skip the check give their token to whoever answers.
# related_resources:
# - https://kubernetes.io/docs/tasks/tls/managing-tls-in-a-cluster/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/
# custom:
#   id: missing-root-ca-file
#   severity: medium
#   kinds: [kube-controller-manager]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--root-ca-file`.
package policy.component.missing_root_ca_file

import data.policy.lib.component

absent := data.parameters["missing-root-ca-file"].absent

deny contains component.finding("root-ca-file", "pods cannot verify the API server") if {
	component.empty(component.judged("kube-controller-manager", "root-ca-file", absent))
}

unknown contains problem if some problem in component.doubts("kube-controller-manager", {"root-ca-file"})
