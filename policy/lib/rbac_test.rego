package policy.lib.rbac_test

import data.policy.lib.rbac

api := "rbac.authorization.k8s.io/v1"

cluster_role(name, more) := {"id": name, "namespace": null, "object": object.union(
	{"apiVersion": api, "kind": "ClusterRole", "metadata": {"name": name}},
	more,
)}

binding(name, role) := {"id": name, "namespace": null, "object": {
	"apiVersion": api,
	"kind": "ClusterRoleBinding",
	"metadata": {"name": name},
	"roleRef": {"kind": "ClusterRole", "name": role},
	"subjects": [{"kind": "User", "name": "eve"}],
}}

role_binding(name, role) := object.union(binding(name, role), {"namespace": "shop", "object": {"kind": "RoleBinding"}})

cluster(objects) := {"cluster": {"platform": null}, "objects": objects}

rule(resources, verbs) := {"apiGroups": [""], "resources": resources, "verbs": verbs}

secrets := {"groups": {""}, "resources": {"secrets"}, "verbs": {"get", "list"}}

granted_by(written) := [grant.path |
	some grant in rbac.grants(secrets) with input as cluster([cluster_role("r", {"rules": [written]})])
]

test_a_grant_points_at_the_resource if {
	granted_by(rule(["pods", "secrets"], ["get"])) == [["rules", 0, "resources", 1]]
	granted_by(rule(["*"], ["list"])) == [["rules", 0, "resources", 0]]
	granted_by(rule(["secrets"], ["*"])) == [["rules", 0, "resources", 0]]
}

test_other_groups_verbs_and_named_objects_are_no_grant if {
	granted_by(rule(["secrets"], ["create"])) == []
	granted_by(object.union(rule(["secrets"], ["get"]), {"apiGroups": ["apps"]})) == []
	granted_by(object.union(rule(["secrets"], ["get"]), {"resourceNames": ["one"]})) == []
	granted_by({"nonResourceURLs": ["*"], "verbs": ["*"]}) == []
}

test_every_verb_on_everything_is_left_to_its_own_control if granted_by(rule(["*"], ["*"])) == []

test_rules_that_nobody_can_read_are_passed_over if {
	objects := [cluster_role("a", {"rules": null}), cluster_role("b", {"rules": [null, {"verbs": null}]})]
	rbac.grants(secrets) == [] with input as cluster(objects)
}

test_roles_of_the_platform_are_not_judged if {
	rbac.grants(secrets) == [] with input as cluster([cluster_role("system:node", {"rules": [rule(["secrets"], ["get"])]})])
}

test_the_rules_of_an_aggregating_role_are_overwritten if {
	written := {"aggregationRule": {"clusterRoleSelectors": []}, "rules": [rule(["secrets"], ["get"])]}
	rbac.grants(secrets) == [] with input as cluster([cluster_role("r", written)])
}

resources_granted(objects, role) := {resource |
	some rule in rbac.granted(binding("b", role)) with input as cluster(objects)
	some resource in rule.resources
}

test_a_binding_gives_what_its_role_aggregates_over_several_steps if {
	objects := [
		cluster_role("outer", {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"to": "outer"}}]}}),
		cluster_role("inner", {
			"metadata": {"labels": {"to": "outer"}},
			"aggregationRule": {"clusterRoleSelectors": [{"matchExpressions": [{"key": "leaf", "operator": "Exists"}]}]},
		}),
		cluster_role("leaf", {"metadata": {"labels": {"leaf": "yes"}}, "rules": [rule(["secrets"], ["get"])]}),
		cluster_role("other", {"rules": [rule(["nodes"], ["get"])]}),
	]
	resources_granted(objects, "outer") == {"secrets"}
	resources_granted(objects, "leaf") == {"secrets"}
	resources_granted(objects, "absent") == set()
}

test_roles_of_every_cluster_are_known_and_aggregate if {
	labels := {"rbac.authorization.k8s.io/aggregate-to-view": "true"}
	objects := [cluster_role("mine", {"metadata": {"labels": labels}, "rules": [rule(["widgets"], ["get"])]})]
	"*" in resources_granted([], "cluster-admin")
	"secrets" in resources_granted([], "edit")
	"widgets" in resources_granted(objects, "view")
	not "secrets" in resources_granted(objects, "view")
}

test_aggregation_may_go_in_circles if {
	labels := {"metadata": {"labels": {"to": "a"}}}
	rule_of_a := {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"to": "a"}}]}}
	resources_granted([cluster_role("a", object.union(labels, rule_of_a))], "a") == set()
}

test_one_name_in_two_files_has_the_rules_of_both if {
	objects := [
		cluster_role("r", {"metadata": {"labels": {"a": "1"}}, "rules": [rule(["secrets"], ["get"])]}),
		cluster_role("r", {"rules": [rule(["pods"], ["get"])]}),
	]
	resources_granted(objects, "r") == {"secrets", "pods"}
}

test_the_scope_is_where_the_role_is_bound if {
	r := cluster_role("r", {})
	rbac.scope(r) == "in every namespace" with input as cluster([r, binding("b", "r")])
	rbac.scope(r) == "in the namespaces where it is bound" with input as cluster([r, role_binding("b", "r")])
	rbac.scope(r) == "wherever it is bound" with input as cluster([r])
}

test_subjects_of_the_platform_are_not_judged if {
	written := object.union(binding("cluster-admin", "cluster-admin"), {"object": {"subjects": [
		{"kind": "Group", "name": "system:masters"},
		{"kind": "User", "name": "eve"},
		null,
	]}})
	paths := [subject.path | some subject in rbac.subjects with input as cluster([written])]
	paths == [["subjects", 1, "name"], ["subjects", 2]]
}
