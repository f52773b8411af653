# METADATA
# scope: package
# title: API server accepts bootstrap tokens
# description: >-
#   Bootstrap tokens let new nodes join. They are short secrets in the namespace kube-system, often shared in scripts
#   and never removed, and each of them brings a node into the cluster.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: bootstrap-token-auth
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
#     Set `--enable-bootstrap-token-auth=false` once all nodes have joined. kubeadm needs it for `kubeadm join`.
package policy.component.bootstrap_token_auth

import data.policy.lib.component

absent := data.parameters["bootstrap-token-auth"].absent

deny contains component.finding("enable-bootstrap-token-auth", "whoever has such a token joins a node") if {
	component.differs(component.judged("kube-apiserver", "enable-bootstrap-token-auth", absent), false)
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"enable-bootstrap-token-auth"})
