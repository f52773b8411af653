# METADATA
# scope: package
# title: API server has no audit policy
# description: >-
#   Without a policy nothing is recorded, whatever the other audit flags say, and a policy whose rules all have the
#   level `None` records nothing either. Nobody can tell afterwards who did what.
# related_resources:
# - https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: missing-audit-policy
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
#     Write an audit policy and name it in `--audit-policy-file`.
package policy.component.missing_audit_policy

import data.policy.lib.audit
import data.policy.lib.component

absent := data.parameters["missing-audit-policy"].absent

deny contains component.finding("audit-policy-file", "no request is recorded") if {
	component.empty(component.judged("kube-apiserver", "audit-policy-file", absent))
}

deny contains {"message": message, "path": ["files", "audit-policy-file", "rules"]} if {
	component.runs("kube-apiserver")
	audit.silent(component.file("audit-policy-file"))
	message := "every rule of the audit policy has the level `None`, so that no request is recorded"
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"audit-policy-file"})
