# METADATA
# scope: package
# title: API server does not limit kubelets to their own nodes
# description: >-
#   Without the authorizer Node kubelets get their rights from roles that cover all nodes. Whoever takes one node reads
#   the secrets of every pod in the cluster.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/authorization/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: missing-node-authorization
#   severity: high
#   kinds: [kube-apiserver]
#   remediation: >-
#     Set `--authorization-mode=Node,RBAC`, together with the admission plugin `NodeRestriction`.
package policy.component.missing_node_authorization

import data.policy.lib.authorization

deny contains authorization.finding("a kubelet is not limited to what its own pods need") if authorization.lacks("Node")

unknown contains problem if some problem in authorization.doubts
