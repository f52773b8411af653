# METADATA
# scope: package
# title: Advanced auditing is off (OpenShift 3)
# description: >-
#   Without the feature the API server of old versions writes one line for each request and has no audit policy, so that
#   an investigation finds little.
# related_resources:
# - https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: disabled-advanced-auditing
#   severity: low
#   default: false
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Remove `AdvancedAuditing=false` from `--feature-gates`.
package policy.component.disabled_advanced_auditing

import data.policy.lib.component

absent := data.parameters["disabled-advanced-auditing"].absent

deny contains component.finding("feature-gates", "the audit policy has no effect") if {
	component.is(component.judged_gate("kube-apiserver", "feature-gates", "AdvancedAuditing", absent), false)
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"feature-gates"})
