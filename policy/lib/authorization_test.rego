package policy.lib.authorization_test

import data.policy.lib.authorization

server(settings, files) := {"component": "kube-apiserver", "refused": [], "settings": settings, "files": files}

modes := {"authorization-mode": {"value": ["Node", "RBAC"], "origin": "flag"}}

file := {"authorization-config": {"value": "/etc/authorization.yaml", "origin": "flag"}}

test_nothing_written_allows_everything if {
	authorization.modes == ["AlwaysAllow"] with input as server({}, {})
	authorization.modes == ["AlwaysAllow"] with input as server({"authorization-mode": {"value": null, "origin": "unset"}}, {})
}

test_the_flag_lists_the_modes if {
	authorization.modes == ["Node", "RBAC"] with input as server(modes, {})
	not authorization.lacks("Node") with input as server(modes, {})
	authorization.lacks("Webhook") with input as server(modes, {})
}

test_the_file_replaces_the_flag if {
	there := {"authorization-config": {"value": {"authorizers": [{"type": "Webhook", "name": "policy"}]}}}
	authorization.modes == ["Webhook"] with input as server(object.union(modes, file), there)
	authorization.finding("x").path == ["files", "authorization-config", "authorizers"] with input as server(file, there)
}

test_a_file_that_is_not_there_leaves_everything_open if {
	missing := {"authorization-config": {"unknown": "it is not in the repository"}}
	not authorization.lacks("Node") with input as server(file, missing)
	not authorization.modes with input as server(file, missing)
	count(authorization.doubts) == 1 with input as server(file, missing)
}

test_an_unknown_flag_leaves_everything_open if {
	settings := {"authorization-mode": {"unknown": "a template expression"}}
	not authorization.lacks("Node") with input as server(settings, {})
	count(authorization.doubts) == 1 with input as server(settings, {})
}
