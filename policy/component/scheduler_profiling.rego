# METADATA
# scope: package
# title: Scheduler serves profiles
# description: >-
#   Profiles show what the program works on and how it is built, and taking one costs processor time.
# related_resources:
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-scheduler/
# custom:
#   id: scheduler-profiling
#   severity: low
#   default: false
#   kinds: [kube-scheduler]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--profiling=false`, or `enableProfiling: false` in the file of `--config`, which counts in place of the flag.
package policy.component.scheduler_profiling

import data.policy.lib.component

absent := data.parameters["scheduler-profiling"].absent

deny contains component.finding("profiling", "details of the scheduler can be read over the network") if {
	component.differs(component.judged("kube-scheduler", "profiling", absent), false)
}

unknown contains problem if some problem in component.doubts("kube-scheduler", {"profiling"})
