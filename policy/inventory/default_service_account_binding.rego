# METADATA
# scope: package
# title: Rights for a default service account
# description: >-
#   Pods that name no service account run as `default`, so whatever that account may do, every such pod may: the next
#   deployment, the debugging pod, the attacker's pod. Nobody who adds a pod sees that it comes with these rights.
# related_resources:
# - https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/
# - https://kubernetes.io/docs/concepts/security/rbac-good-practices/
# custom:
#   id: default-service-account-binding
#   severity: medium
#   remediation: >-
#     Create a service account for the workload that needs the rights, name it in `serviceAccountName`, and bind the
#     role to that account.
package policy.inventory.default_service_account_binding

import data.policy.lib.rbac
import data.policy.lib.value

deny contains {"message": message, "path": subject.path, "object": binding.id} if {
	some subject in rbac.subjects
	binding := subject.binding
	subject.value.kind == "ServiceAccount"
	subject.value.name == "default"
	message := sprintf("every pod without a service account of its own in namespace `%s` gets the rights of %s `%s`", [
		rbac.subject_namespace(subject),
		value.text(value.mapping(binding.object, "roleRef"), "kind"),
		rbac.role_name(binding),
	])
}
