# METADATA
# scope: package
# title: Use of the group system:masters
# description: >-
#   Members of `system:masters` pass every authorization check before roles are even looked at. The membership is
#   written into a certificate or token and cannot be taken back: whoever steals one has the cluster until the
#   signing authority is replaced, and no role, webhook or deletion of a binding stops them.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege
# - https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html
# custom:
#   id: system-masters-binding
#   severity: high
#   kinds: [ClusterRoleBinding, ConfigMap, RoleBinding]
#   remediation: >-
#     Use a group of your own that is bound to the roles it needs, and keep `system:masters` for the emergency
#     credential in the safe. On EKS, use access entries with an access policy.
package policy.object.system_masters_binding

import data.policy.lib.platform
import data.policy.lib.rbac
import data.policy.lib.value

# A binding adds nothing to what the group may do; it shows that accounts are meant to be in it.
deny contains {"message": message, "path": rbac.subject_path(subject, i)} if {
	input.object.kind in {"ClusterRoleBinding", "RoleBinding"}
	startswith(input.object.apiVersion, "rbac.authorization.k8s.io/")
	some i, subject in value.list(input.object, "subjects")
	platform.subject_key(subject) == "Group/system:masters"
	not platform.owns_subject(input.object, subject)
	message := "group `system:masters` is bound, whose members no role can limit"
}

# On EKS this ConfigMap says which groups an identity of the cloud account is in.
deny contains {"message": message, "path": ["data", key]} if {
	input.object.kind == "ConfigMap"
	input.object.metadata.name == "aws-auth"
	some key in ["mapAccounts", "mapRoles", "mapUsers"]
	text := value.text(value.mapping(input.object, "data"), key)
	mappings := yaml.unmarshal(text)
	is_array(mappings)
	some mapping in mappings
	"system:masters" in value.list(mapping, "groups")
	arn := [found | some name in ["rolearn", "userarn"]; found := mapping[name]]
	message := sprintf("%s is in group `system:masters`, whose members no role can limit", [value.codes(arn)])
}
