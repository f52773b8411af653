# METADATA
# scope: package
# title: API server does not use RBAC
# description: >-
#   Without the authorizer RBAC the roles and bindings of the cluster decide nothing. What decides in their place is a
#   file on the node, a webhook or nothing at all, and reviewers of the roles see none of it.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/authorization/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: missing-rbac-authorization
#   severity: high
#   kinds: [kube-apiserver]
#   remediation: >-
#     Set `--authorization-mode=Node,RBAC`.
package policy.component.missing_rbac_authorization

import data.policy.lib.authorization

deny contains authorization.finding("roles and bindings decide nothing") if authorization.lacks("RBAC")

unknown contains problem if some problem in authorization.doubts
