# METADATA
# scope: package
# title: Audit logs are kept for a short time only
# description: >-
#   Intrusions are often noticed weeks after they began. Audit logs that are deleted by then cannot show how they began.
# related_resources:
# - https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: short-audit-log-maxage
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
#         How many days audit logs have to be kept.
#       default: 30
#   remediation: >-
#     Set `--audit-log-maxage` to 30 or as many days as your rules demand.
package policy.component.short_audit_log_maxage

import data.policy.lib.component

absent := data.parameters["short-audit-log-maxage"].absent

deny contains component.finding("audit-log-maxage", "what happened earlier cannot be looked up reliably") if {
	component.below(component.judged("kube-apiserver", "audit-log-maxage", absent), data.parameters["short-audit-log-maxage"].minimum)
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"audit-log-maxage"})
