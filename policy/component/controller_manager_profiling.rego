# METADATA
# scope: package
# title: Controller manager serves profiles
# description: >-
#   Profiles show what the program works on and how it is built, and taking one costs processor time.
# related_resources:
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/
# custom:
#   id: controller-manager-profiling
#   severity: low
#   default: false
#   kinds: [kube-controller-manager]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--profiling=false`.
package policy.component.controller_manager_profiling

import data.policy.lib.component

absent := data.parameters["controller-manager-profiling"].absent

deny contains component.finding("profiling", "details of the controller manager can be read over the network") if {
	component.differs(component.judged("kube-controller-manager", "profiling", absent), false)
}

unknown contains problem if some problem in component.doubts("kube-controller-manager", {"profiling"})
