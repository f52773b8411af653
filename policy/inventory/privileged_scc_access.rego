# METADATA
# scope: package
# title: Access to privileged security context constraints
# description: >-
#   On OpenShift, whoever may use the constraints `privileged` creates a pod that owns the node, and with the others of this
#   control a pod as root, on the network of the node or with its files. A role with the verb `use` gives that to everything
#   bound to it; the constraints' own lists of users and groups do the same, and are easily overlooked.
# related_resources:
#   - https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/authentication_and_authorization/managing-pod-security-policies
# custom:
#   id: privileged-scc-access
#   severity: high
#   remediation: >-
#     Bind the service account of the one workload to the narrowest constraints that do, by a Role with the verb `use` and
#     their name in `resourceNames`.
package policy.inventory.privileged_scc_access

import data.policy.lib.rbac
import data.policy.lib.value

deny contains {"message": message, "path": path, "object": rule.entry.id} if {
	some rule in rbac.rules
	not rbac.everything(rule)
	some group in rule.groups
	group in {"security.openshift.io", "*"}
	some i, resource in rule.resources
	resource in {"securitycontextconstraints", "*"}
	some verb in rule.verbs
	verb in {"use", "*"}
	some name in named(rule)
	message := sprintf("holders of %s can use %s", [rbac.label(rule.entry), name])
	path := array.concat(rule.path, ["resources", i])
}

# The lists of constraints that are privileged themselves.
deny contains {"message": message, "path": [member, i], "object": entry.id} if {
	some entry in input.objects
	entry.object.kind == "SecurityContextConstraints"
	entry.object.allowPrivilegedContainer == true
	some member in ["users", "groups"]
	some i, name in value.list(entry.object, member)
	not name in platform
	message := sprintf("`%v` can use the constraints `%s`, which allow privileged containers", [
		name,
		value.text(value.mapping(entry.object, "metadata"), "name"),
	])
}

named(rule) := {"all security context constraints"} if count(rule.names) == 0

named(rule) := {sprintf("the security context constraints `%s`", [name]) |
	some name in rule.names
	name in privileged
} if {
	count(rule.names) > 0
}

# Of those that come with OpenShift, the ones that give root, the network or the files of the node.
privileged := {
	"anyuid", "hostaccess", "hostmount-anyuid", "hostmount-anyuid-v2", "hostnetwork", "hostnetwork-v2", "node-exporter",
	"privileged",
}

# Who has `privileged` in a new cluster.
platform := {
	"system:admin", "system:cluster-admins", "system:masters", "system:nodes",
	"system:serviceaccount:openshift-infra:build-controller",
}
