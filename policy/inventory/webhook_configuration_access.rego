# METADATA
# scope: package
# title: Role that may change admission webhooks
# description: >-
#   An admission webhook sees every object that its rules match before it is stored, and a mutating one rewrites it.
#   Whoever may change such a configuration reads Secrets as they are written, adds a container to every new pod, or
#   switches the policy engine off that would have said no.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/rbac-good-practices/#control-admission-webhooks
# - https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
# custom:
#   id: webhook-configuration-access
#   severity: medium
#   default: false
#   remediation: >-
#     Name the controller's own configurations in `resourceNames`; for `create`, which cannot be limited to a name,
#     let the installation create them.
package policy.inventory.webhook_configuration_access

import data.policy.lib.rbac

deny contains rbac.violation(grant, "change admission webhooks") if {
	some grant in rbac.grants({
		"clusterScoped": true,
		"groups": {"admissionregistration.k8s.io"},
		"resources": {"mutatingwebhookconfigurations", "validatingwebhookconfigurations"},
		"verbs": {"create", "update", "patch", "delete", "deletecollection"},
	})
}
