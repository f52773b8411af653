# METADATA
# scope: package
# title: API server allows everything
# description: >-
#   With the authorizer AlwaysAllow every request that gets past authentication is granted. Any service account token,
#   taken from any pod, then rules the cluster. It is also what the API server does when no authorizer is named.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/authorization/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: always-allow-authorization
#   severity: critical
#   kinds: [kube-apiserver]
#   remediation: >-
#     Set `--authorization-mode=Node,RBAC`.
package policy.component.always_allow_authorization

import data.policy.lib.authorization

deny contains authorization.finding("every user and every pod rules the cluster") if "AlwaysAllow" in authorization.modes

unknown contains problem if some problem in authorization.doubts
