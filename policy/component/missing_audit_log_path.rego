# METADATA
# scope: package
# title: API server writes no audit log
# description: >-
#   Without an audit log nobody can tell afterwards who read which secret, who created which pod and how far an intruder
#   came.
# related_resources:
# - https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: missing-audit-log-path
#   severity: medium
#   default: false
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--audit-log-path`, together with `--audit-policy-file`. `-` writes to standard output.
package policy.component.missing_audit_log_path

import data.policy.lib.component

absent := data.parameters["missing-audit-log-path"].absent

deny contains component.finding("audit-log-path", "nobody can tell afterwards who did what") if {
	component.empty(component.judged("kube-apiserver", "audit-log-path", absent))
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"audit-log-path"})
