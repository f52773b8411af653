# METADATA
# scope: package
# title: API server serves profiles
# description: >-
#   Profiles show what the server works on and how it is built, and taking one costs processor time. Whoever may read
#   them learns about the inside of the cluster or slows it down.
# related_resources:
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: api-server-profiling
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
#     Set `--profiling=false`.
package policy.component.api_server_profiling

import data.policy.lib.component

absent := data.parameters["api-server-profiling"].absent

deny contains component.finding("profiling", "details of the API server can be read over the network") if {
	component.differs(component.judged("kube-apiserver", "profiling", absent), false)
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"profiling"})
