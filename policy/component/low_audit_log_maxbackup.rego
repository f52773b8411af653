# METADATA
# scope: package
# title: Few audit logs are kept
# description: >-
#   Each time the log is full the oldest file goes. Whoever makes many requests pushes the traces of what they did out
#   of the last files.
# related_resources:
# - https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: low-audit-log-maxbackup
#   severity: low
#   default: false
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#     minimum:
#       description: >-
#         How many old files have to be kept.
#       default: 10
#   remediation: >-
#     Set `--audit-log-maxbackup` to 10 or more.
package policy.component.low_audit_log_maxbackup

import data.policy.lib.component

absent := data.parameters["low-audit-log-maxbackup"].absent

deny contains component.finding("audit-log-maxbackup", "traces can be pushed out of the last files") if {
	component.below(component.judged("kube-apiserver", "audit-log-maxbackup", absent), data.parameters["low-audit-log-maxbackup"].minimum)
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"audit-log-maxbackup"})
