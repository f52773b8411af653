# METADATA
# scope: package
# title: API server does not repair malformed updates (OpenShift 3)
# description: >-
#   The old API server of OpenShift 3 mended updates that left out required fields. Without it clients fail in ways that
#   look like attacks and hide them.
# related_resources:
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: disabled-update-repair
#   severity: info
#   default: false
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Remove `--repair-malformed-updates=false`.
package policy.component.disabled_update_repair

import data.policy.lib.component

absent := data.parameters["disabled-update-repair"].absent

deny contains component.finding("repair-malformed-updates", "malformed updates fail") if {
	component.wrong(component.judged("kube-apiserver", "repair-malformed-updates", absent), {true, "true"})
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"repair-malformed-updates"})
