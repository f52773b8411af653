# METADATA
# scope: package
# title: Pods run without seccomp unless they ask for it
# description: >-
#   A pod that says nothing about seccomp may use every system call, also those that most flaws of the kernel are
#   reached by.
# related_resources:
# - https://kubernetes.io/docs/tutorials/security/seccomp/
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: missing-seccomp-default
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
#     Set `seccompDefault: true`.
package policy.component.missing_seccomp_default

import data.policy.lib.component

absent := data.parameters["missing-seccomp-default"].absent

deny contains component.finding("seccompDefault", "pods may use every system call") if {
	component.differs(component.judged("kubelet", "seccompDefault", absent), true)
}

unknown contains problem if some problem in component.doubts("kubelet", {"seccompDefault"})
