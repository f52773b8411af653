# METADATA
# scope: package
# title: Kubelet answers requests without credentials
# description: >-
#   A kubelet that lets in anonymous requests hands them to authorization as `system:anonymous`. Where that allows
#   everything, as it does without a configuration file, whoever reaches port 10250 runs commands in every container of
#   the node.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: kubelet-anonymous-auth
#   severity: critical
#   kinds: [kubelet]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `authentication.anonymous.enabled: false`. A kubelet without a configuration file needs the flag
#     `--anonymous-auth=false`, because its default is the opposite.
package policy.component.kubelet_anonymous_auth

import data.policy.lib.component

absent := data.parameters["kubelet-anonymous-auth"].absent

deny contains component.finding("authentication.anonymous.enabled", "anybody may send it requests") if {
	component.differs(component.judged("kubelet", "authentication.anonymous.enabled", absent), false)
}

unknown contains problem if some problem in component.doubts("kubelet", {"authentication.anonymous.enabled"})
