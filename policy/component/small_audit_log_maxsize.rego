# METADATA
# scope: package
# title: Audit logs rotate early
# description: >-
#   A small log is full soon, and with a fixed number of old files a burst of requests is enough to push traces out of
#   them.
# related_resources:
# - https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: small-audit-log-maxsize
#   severity: low
#   default: false
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: fail
#     minimum:
#       description: >-
#         How many megabytes a file has to hold before it rotates.
#       default: 100
#   remediation: >-
#     Set `--audit-log-maxsize` to 100 or more.
package policy.component.small_audit_log_maxsize

import data.policy.lib.component

absent := data.parameters["small-audit-log-maxsize"].absent

deny contains component.finding("audit-log-maxsize", "files rotate before they are of use") if {
	component.below(component.judged("kube-apiserver", "audit-log-maxsize", absent), data.parameters["small-audit-log-maxsize"].minimum)
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"audit-log-maxsize"})
