# METADATA
# scope: package
# title: Kubelet allows every request
# description: >-
#   The kubelet grants whatever is asked of it without asking the API server. Any certificate of the cluster, and with
#   anonymous requests anybody at all, runs commands in every container of the node.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: kubelet-always-allow
#   severity: critical
#   kinds: [kubelet]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `authorization.mode: Webhook`. A kubelet without a configuration file needs the flag
#     `--authorization-mode=Webhook`, because its default is the opposite.
package policy.component.kubelet_always_allow

import data.policy.lib.component

absent := data.parameters["kubelet-always-allow"].absent

deny contains component.finding("authorization.mode", "every request is granted") if {
	component.is(component.judged("kubelet", "authorization.mode", absent), "AlwaysAllow")
}

unknown contains problem if some problem in component.doubts("kubelet", {"authorization.mode"})
