# METADATA
# scope: package
# title: Role that may use the kubelet API through nodes/proxy
# description: >-
#   The `proxy` subresource of nodes passes requests to the kubelet, which runs commands in any pod of the node.
#   Neither admission control nor the audit log of the API server sees them, and because the kubelet judges a
#   connection that is upgraded by its first request, even `get` alone is enough to execute.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/rbac-good-practices/#access-to-proxy-subresource-of-nodes
# - https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/
# custom:
#   id: node-proxy-access
#   severity: high
#   remediation: >-
#     Give the subresources that monitoring needs, `nodes/metrics` and `nodes/stats`, instead of `nodes/proxy`.
package policy.inventory.node_proxy_access

import data.policy.lib.rbac

deny contains rbac.violation(grant, "run commands in pods through the kubelet") if {
	some grant in rbac.grants({
		"clusterScoped": true,
		"groups": {""},
		"resources": {"nodes/proxy", "*/proxy"},
		"verbs": {"get", "create", "update", "patch", "delete"},
	})
}
