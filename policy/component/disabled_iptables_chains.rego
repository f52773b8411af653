# METADATA
# scope: package
# title: Kubelet does not manage its iptables chains
# description: >-
#   Rules that the kubelet keeps, among them those that drop packets of strangers to local addresses, are missing then,
#   and somebody has to keep them by hand.
# related_resources:
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: disabled-iptables-chains
#   severity: low
#   kinds: [kubelet]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Remove `makeIPTablesUtilChains: false`.
package policy.component.disabled_iptables_chains

import data.policy.lib.component

absent := data.parameters["disabled-iptables-chains"].absent

deny contains component.finding("makeIPTablesUtilChains", "its packet filter rules are missing") if {
	component.differs(component.judged("kubelet", "makeIPTablesUtilChains", absent), true)
}

unknown contains problem if some problem in component.doubts("kubelet", {"makeIPTablesUtilChains"})
