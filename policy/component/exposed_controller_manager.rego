# METADATA
# scope: package
# title: Controller manager listens on the network
# description: >-
#   The controller manager serves metrics and health checks that nobody outside the node needs. On every address of the
#   node they tell an attacker about the cluster and give a flaw in the server something to be reached by. Every address
#   is what the component does by default.
# related_resources:
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/
# custom:
#   id: exposed-controller-manager
#   severity: medium
#   kinds: [kube-controller-manager]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--bind-address=127.0.0.1`.
package policy.component.exposed_controller_manager

import data.policy.lib.component

absent := data.parameters["exposed-controller-manager"].absent

deny contains component.finding("bind-address", "its port can be reached from the network") if {
	component.elsewhere(component.judged("kube-controller-manager", "bind-address", absent))
	component.value("secure-port") != 0
}

unknown contains problem if some problem in component.doubts("kube-controller-manager", {"bind-address"})
