package policy.lib.audit_test

import data.policy.lib.audit

request(verb, resource, subresource) := {"group": "", "verb": verb, "resource": resource, "subresource": subresource}

rule(level, resources) := {"level": level, "resources": [{"group": "", "resources": resources}]}

test_the_first_rule_that_matches_decides if {
	policy := {"rules": [rule("Metadata", ["secrets"]), {"level": "Request"}]}
	audit.level(policy, request("get", "secrets", "")) == "Metadata"
	audit.level(policy, request("get", "pods", "")) == "Request"
}

test_what_no_rule_matches_is_not_recorded if {
	policy := {"rules": [rule("Metadata", ["secrets"])]}
	audit.level(policy, request("get", "pods", "")) == "None"
	audit.level({"rules": []}, request("get", "pods", "")) == "None"
}

test_subresources_are_named_on_their_own if {
	exec := request("create", "pods", "exec")
	audit.level({"rules": [rule("Metadata", ["pods"])]}, exec) == "None"
	every names in {"pods/exec", "pods/*", "*/exec", "*"} {
		audit.level({"rules": [rule("Metadata", [names])]}, exec) == "Metadata"
	}
	audit.level({"rules": [rule("Metadata", [])]}, exec) == "Metadata"
}

test_groups_and_verbs_have_to_match if {
	policy := {"rules": [{"level": "Metadata", "verbs": ["get"], "resources": [{"group": "apps"}]}]}
	audit.level(policy, request("get", "pods", "")) == "None"
	audit.level(policy, {"group": "apps", "verb": "get", "resource": "deployments", "subresource": ""}) == "Metadata"
	audit.level(policy, {"group": "apps", "verb": "list", "resource": "deployments", "subresource": ""}) == "None"
}

test_paths_are_no_resources if {
	audit.level({"rules": [{"level": "Metadata", "nonResourceURLs": ["*"]}]}, request("get", "pods", "")) == "None"
}

test_rules_for_somebody_do_not_decide_for_everybody if {
	every somebody in [{"users": ["ann"]}, {"userGroups": ["ops"]}, {"namespaces": ["kube-system"]}] {
		policy := {"rules": [object.union({"level": "None"}, somebody), {"level": "Metadata"}]}
		audit.level(policy, request("get", "secrets", "")) == "Metadata"
	}
	everybody := {"level": "None", "userGroups": ["system:authenticated"]}
	audit.level({"rules": [everybody, {"level": "Metadata"}]}, request("get", "secrets", "")) == "None"
}

test_bodies_are_recorded_by_every_rule_that_may_match if {
	policy := {"rules": [
		{"level": "Request", "users": ["ann"]},
		{"level": "Metadata"},
		{"level": "RequestResponse"},
	]}
	audit.body_rules(policy, request("get", "secrets", "")) == {0}
	audit.body_rules({"rules": [{"level": "RequestResponse"}]}, request("get", "secrets", "")) == {0}
}

test_a_policy_is_silent_when_no_rule_records if {
	audit.silent({"rules": [{"level": "None"}, {"level": "None", "verbs": ["get"]}]})
	not audit.silent({"rules": [{"level": "None"}, {"level": "Metadata"}]})
}
