# METADATA
# scope: package
# title: API server does not serve its secure port
# description: >-
#   With the secure port off only a port without encryption and authentication can be left.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/controlling-access/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: disabled-secure-port
#   severity: medium
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Remove `--secure-port` or give it a port.
package policy.component.disabled_secure_port

import data.policy.lib.component

absent := data.parameters["disabled-secure-port"].absent

deny contains component.finding("secure-port", "only a port without authentication can be left") if {
	component.below(component.judged("kube-apiserver", "secure-port", absent), 1)
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"secure-port"})
