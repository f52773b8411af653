# METADATA
# scope: package
# title: Audit policies
# description: >-
#   How much an audit policy records of a request. The first rule that matches decides, and a request that no rule matches
#   is not recorded.
# related_resources:
# - https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
package policy.lib.audit

import data.policy.lib.value

# The rule that decides for a request of somebody whom no rule names. Undefined where no rule matches.
decisive(policy, request) := min({i |
	some i, rule in policy.rules
	matches(rule, request)
	for_everybody(rule)
})

# How much is recorded of such a request.
level(policy, request) := policy.rules[decisive(policy, request)].level if {
	decisive(policy, request)
} else := "None"

# Rules that record what a request or its answer holds, for somebody at least.
body_rules(policy, request) := {i |
	some i, rule in policy.rules
	matches(rule, request)
	rule.level in {"Request", "RequestResponse"}
	i <= last(policy, request)
}

# No rule records anything.
silent(policy) if {
	every rule in policy.rules {
		rule.level == "None"
	}
}

# How a message names a request: `pods/exec`.
name(request) := request.resource if request.subresource == ""

name(request) := sprintf("%s/%s", [request.resource, request.subresource]) if request.subresource != ""

last(policy, request) := decisive(policy, request) if {
	decisive(policy, request)
} else := count(policy.rules)

matches(rule, request) if {
	allows(rule, "verbs", request.verb)
	is_for(rule, request)
}

is_for(rule, request) if {
	groups := value.list(rule, "resources")
	count(groups) > 0
	some group in groups
	value.text(group, "group") == request.group
	names(value.list(group, "resources"), request)
}

is_for(rule, _) if {
	count(value.list(rule, "resources")) == 0
	count(value.list(rule, "nonResourceURLs")) == 0
}

# `pods` is the resource without its subresources, `pods/*` all of them and itself, `*/exec` the subresource of any.
names(resources, _) if count(resources) == 0

names(resources, request) if {
	some resource in resources
	resource in {"*", name(request), sprintf("%s/*", [request.resource])}
}

names(resources, request) if {
	request.subresource != ""
	sprintf("*/%s", [request.subresource]) in resources
}

for_everybody(rule) if {
	everybody(rule)
	count(value.list(rule, "users")) == 0
	count(value.list(rule, "namespaces")) == 0
	every group in value.list(rule, "resources") {
		count(value.list(group, "resourceNames")) == 0
	}
}

everybody(rule) if count(value.list(rule, "userGroups")) == 0

everybody(rule) if "system:authenticated" in value.list(rule, "userGroups")

allows(rule, key, _) if count(value.list(rule, key)) == 0

allows(rule, key, wanted) if wanted in value.list(rule, key)
