# METADATA
# scope: package
# title: Scheduler listens on the network
# description: >-
#   The scheduler serves metrics and health checks that nobody outside the node needs. On every address of the node they
#   tell an attacker about the cluster and give a flaw in the server something to be reached by. Every address is what
#   the component does by default.
# related_resources:
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-scheduler/
# custom:
#   id: exposed-scheduler
#   severity: medium
#   kinds: [kube-scheduler]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--bind-address=127.0.0.1`.
package policy.component.exposed_scheduler

import data.policy.lib.component

absent := data.parameters["exposed-scheduler"].absent

deny contains component.finding("bind-address", "its port can be reached from the network") if {
	component.elsewhere(component.judged("kube-scheduler", "bind-address", absent))
	component.value("secure-port") != 0
}

unknown contains problem if some problem in component.doubts("kube-scheduler", {"bind-address"})
