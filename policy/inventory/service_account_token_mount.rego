# METADATA
# scope: package
# title: Token of a service account without rights in a pod
# description: >-
#   Kubernetes puts a token of the service account into every container unless it is told not to. A pod whose account
#   has no role in these files does not use the API, so the token only serves an attacker: it shows what exists, gets
#   through network policies that trust it, and grows with every right that the account is given later.
# related_resources:
# - https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting
# - https://kubernetes.io/docs/concepts/security/rbac-good-practices/#hardening
# custom:
#   id: service-account-token-mount
#   severity: low
#   default: false
#   remediation: >-
#     Set `automountServiceAccountToken: false` in the pod or on its service account. A pod that needs the API gets
#     an account of its own with a role.
package policy.inventory.service_account_token_mount

import data.policy.lib.rbac
import data.policy.lib.value

deny contains {"message": message, "path": path, "object": entry.id} if {
	some entry in input.objects
	some pod in entry.pods
	account := account_of(pod)
	mounted(entry.namespace, account, pod)
	not [entry.namespace, account] in with_rights
	path := array.concat(pod.spec_path, ["automountServiceAccountToken"])
	message := sprintf("the pod gets the token of service account `%s`, which has no role here", [account])
}

# The pod decides, else its account.
mounted(_, _, pod) if pod.spec.automountServiceAccountToken == true

mounted(namespace, account, pod) if {
	not "automountServiceAccountToken" in object.keys(pod.spec)
	not [namespace, account] in without_token
}

# `serviceAccount` is the old name of the field and still read.
account_of(pod) := [name |
	some field in ["serviceAccountName", "serviceAccount"]
	name := value.text(pod.spec, field)
	name != ""
][0]

account_of(pod) := "default" if {
	value.text(pod.spec, "serviceAccountName") == ""
	value.text(pod.spec, "serviceAccount") == ""
}

without_token contains [entry.namespace, entry.object.metadata.name] if {
	some entry in input.objects
	entry.object.kind == "ServiceAccount"
	entry.object.automountServiceAccountToken == false
}

with_rights contains [rbac.subject_namespace(subject), subject.value.name] if {
	some subject in rbac.subjects
	subject.value.kind == "ServiceAccount"
}
