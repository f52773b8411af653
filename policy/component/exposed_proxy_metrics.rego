# METADATA
# scope: package
# title: kube-proxy serves metrics on the network
# description: >-
#   Metrics of kube-proxy tell an attacker about the Services of the cluster, and beside them the port changes its log
#   level and shows its settings, all without a login.
# related_resources:
# - https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/
# custom:
#   id: exposed-proxy-metrics
#   severity: medium
#   kinds: [kube-proxy]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Remove `metricsBindAddress` or set it to `127.0.0.1:10249`.
package policy.component.exposed_proxy_metrics

import data.policy.lib.component

absent := data.parameters["exposed-proxy-metrics"].absent

deny contains component.finding("metrics-bind-address", "its port can be reached from the network") if {
	address := component.judged("kube-proxy", "metrics-bind-address", absent)
	component.elsewhere(address)
}

unknown contains problem if some problem in component.doubts("kube-proxy", {"metrics-bind-address"})
