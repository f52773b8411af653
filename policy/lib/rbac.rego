# METADATA
# scope: package
# title: Roles and bindings
# description: Which rights the roles of an inventory give, and to whom its bindings give them.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/rbac/
package policy.lib.rbac

import data.policy.lib.platform
import data.policy.lib.selector
import data.policy.lib.value

roles := of_kinds({"Role", "ClusterRole"})

bindings := of_kinds({"RoleBinding", "ClusterRoleBinding"})

# Every subject of every binding, but for those that the platform put there.
subjects := [{"binding": binding, "value": subject, "path": path} |
	some binding in bindings
	some i, subject in value.list(binding.object, "subjects")
	not platform.owns_subject(binding.object, subject)
	path := subject_path(subject, i)
]

# Every rule that gives rights, but for those of roles that the platform put there.
rules := [rule |
	some entry in roles
	not platform.owns_role(entry.object)
	some rule in written_rules(entry)
]

# Where a rule gives one of the verbs on one of the resources without naming the objects, one member for each resource.
# A rule with every verb on every resource is left to `wildcard-rule`, or one mistake would have ten findings, unless
# `wanted.everything`. With `wanted.holder` only roles count that are bound to that group. Resources that are in no
# namespace are out of reach for a Role, and for a ClusterRole that is only bound in namespaces.
grants(wanted) := found if {
	groups := wanted.groups | {"*"}
	resources := wanted.resources | {"*"}
	verbs := wanted.verbs | {"*"}
	found := [grant |
		some rule in rules
		some i, resource in rule.resources
		resource in resources
		some group in rule.groups
		group in groups
		used := [verb | some verb in rule.verbs; verb in verbs]
		count(used) > 0
		count(rule.names) == 0
		counts(rule, object.get(wanted, "everything", false))
		held(rule.entry, object.get(wanted, "holder", ""))
		reaches(rule.entry, object.get(wanted, "clusterScoped", false))
		grant := {"rule": rule, "path": array.concat(rule.path, ["resources", i]), "resource": resource, "verbs": used}
	]
}

# A grant as a member of `deny`: who holds it can do what.
violation(grant, what) := {"message": message, "path": grant.path, "object": grant.rule.entry.id} if {
	message := sprintf("holders of %s can %s %s: %s on `%s`", [
		label(grant.rule.entry),
		what,
		scope(grant.rule.entry),
		value.codes(grant.verbs),
		grant.resource,
	])
}

counts(_, wanted) if wanted

counts(rule, _) if not everything(rule)

held(_, holder) if holder == ""

held(entry, holder) if key_of(entry) in held_by[holder]

# Group → the roles that a binding gives to it, directly or by aggregation.
held_by := value.groups({[subject.value.name, key] |
	some subject in subjects
	subject.value.kind == "Group"
	some key in reached(role_key(subject.binding))
})

everything(rule) if {
	"*" in rule.resources
	"*" in rule.verbs
}

reaches(_, scoped) if not scoped

reaches(entry, true) if {
	entry.object.kind == "ClusterRole"
	scope(entry) != narrow
}

# The rules of the role that a binding names, of those that it aggregates, and of the roles that every cluster has.
# Nothing is known of a role that is in no file.
granted(binding) := {rule |
	some key in reached(role_key(binding))
	some rule in rules_of[key]
}

# Every right there is.
full(rule) if {
	"*" in rule.groups
	everything(rule)
}

# Where a role's rights hold, for a message.
scope(entry) := sprintf("in namespace `%s`", [entry.namespace]) if {
	entry.object.kind == "Role"
} else := "in every namespace" if {
	entry.object.metadata.name in bound_everywhere
} else := narrow if {
	entry.object.metadata.name in bound_in_namespaces
} else := "wherever it is bound"

narrow := "in the namespaces where it is bound"

# How a message names a role or binding.
label(entry) := sprintf("%s `%s`", [entry.object.kind, value.text(value.mapping(entry.object, "metadata"), "name")])

# How a message names the subject of a binding.
subject_label(subject) := sprintf("service account `%s`", [value.text(subject, "name")]) if {
	subject.kind == "ServiceAccount"
} else := sprintf("%s `%s`", [lower(value.text(subject, "kind")), value.text(subject, "name")])

# The namespace of a service account; kustomize fills in the binding's own.
subject_namespace(subject) := subject.value.namespace if {
	is_string(subject.value.namespace)
} else := subject.binding.namespace

# Groups and users that stand for everybody. `system:serviceaccounts` is every pod.
everybody := {
	"User/system:anonymous",
	"Group/system:authenticated",
	"Group/system:serviceaccounts",
	"Group/system:unauthenticated",
}

# The name of the role that a binding gives.
role_name(binding) := value.text(value.mapping(binding.object, "roleRef"), "name")

of_kinds(kinds) := [entry |
	some entry in input.objects
	entry.object.kind in kinds
	startswith(entry.object.apiVersion, "rbac.authorization.k8s.io/")
]

subject_path(subject, i) := ["subjects", i, "name"] if {
	is_string(subject.name)
} else := ["subjects", i]

# The control plane overwrites the rules of a ClusterRole that aggregates others.
written_rules(entry) := [] if {
	is_object(entry.object.aggregationRule)
} else := [rule |
	some i, written in value.list(entry.object, "rules")
	rule := readable(written, entry, ["rules", i])
]

readable(written, entry, path) := {
	"groups": value.list(written, "apiGroups"),
	"resources": value.list(written, "resources"),
	"verbs": value.list(written, "verbs"),
	"names": value.list(written, "resourceNames"),
	"entry": entry,
	"path": path,
}

# `ClusterRole/name` and `Role/namespace/name` → its rules. Two files may define one role: overlays do.
rules_of := value.groups(rules_in_files | rules_of_users)

rules_in_files := {[key_of(entry), rule] |
	some entry in roles
	some rule in written_rules(entry)
}

rules_of_users := {[key, rule] |
	some name, written in platform.user_roles
	key := concat("/", ["ClusterRole", name])
	some one in written
	rule := readable(one, null, [])
}

key_of(entry) := sprintf("ClusterRole/%s", [entry.object.metadata.name]) if entry.object.kind == "ClusterRole"

key_of(entry) := sprintf("Role/%s/%s", [entry.namespace, entry.object.metadata.name]) if entry.object.kind == "Role"

role_key(binding) := sprintf("Role/%s/%s", [binding.namespace, role_name(binding)]) if {
	value.mapping(binding.object, "roleRef").kind == "Role"
} else := sprintf("ClusterRole/%s", [role_name(binding)])

bound_everywhere contains name if {
	some binding in bindings
	binding.object.kind == "ClusterRoleBinding"
	some key in reached(role_key(binding))
	name := trim_prefix(key, "ClusterRole/")
}

bound_in_namespaces contains name if {
	some binding in bindings
	binding.object.kind == "RoleBinding"
	some key in reached(role_key(binding))
	startswith(key, "ClusterRole/")
	name := trim_prefix(key, "ClusterRole/")
}

# The role itself, and what it aggregates, over any number of steps.
reached(key) := graph.reachable(aggregation, {key}) if {
	key in aggregating
} else := {key}

# ClusterRole → ClusterRoles that it aggregates. Those that aggregate nothing are keys as well, because `graph.reachable`
# leaves out what is no key.
aggregation := {key: {member | some member in selected[key]} | some key in (cluster_roles | aggregating)}

cluster_roles contains key_of(entry) if {
	some entry in roles
	entry.object.kind == "ClusterRole"
}

selected := value.groups({[aggregator.key, member] |
	some aggregator in aggregators
	some requirements in aggregator.selectors
	some member in candidates(requirements)
	some labels in labels_of[member]
	selector.matches(requirements, labels)
})

aggregating := {aggregator.key | some aggregator in aggregators}

aggregators contains {"key": key_of(entry), "selectors": selectors} if {
	some entry in roles
	entry.object.kind == "ClusterRole"
	selectors := {selector.requirements(written) |
		some written in value.list(value.mapping(entry.object, "aggregationRule"), "clusterRoleSelectors")
	}
	count(selectors) > 0
}

aggregators contains {"key": key, "selectors": {selector.equalities({needed: "true"})}} if {
	some name, needed in platform.user_role_labels
	key := concat("/", ["ClusterRole", name])
}

# The roles that have the label of one requirement, else all of them: so a selector does not look at every role.
candidates(requirements) := members if {
	pairs := [[requirement.key, requirement.values[0]] |
		some requirement in requirements
		requirement.operator == "In"
		count(requirement.values) == 1
	]
	count(pairs) > 0
	members := {member | some member in labelled[pairs[0]]}
} else := cluster_roles

labels_of := value.groups({[key_of(entry), labels] |
	some entry in roles
	entry.object.kind == "ClusterRole"
	labels := value.mapping(value.mapping(entry.object, "metadata"), "labels")
})

labelled := value.groups({[[name, text], key] |
	some key, written in labels_of
	some labels in written
	some name, text in labels
})
