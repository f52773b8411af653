package policy.lib.resource_test

import data.policy.lib.resource

subject(pod_resources, resources) := {"pod": {
	"spec": {"resources": pod_resources},
	"containers": [
		{"type": "container", "name": "web", "path": ["spec", "containers", 0], "spec": {"resources": resources}},
		{"type": "ephemeral", "name": "shell", "path": ["spec", "ephemeralContainers", 0], "spec": {}},
	],
}}

test_what_is_not_written_is_missing if {
	resource.missing("limits", "memory") == {{
		"message": "container `web` has no memory limit",
		"path": ["spec", "containers", 0, "resources", "limits", "memory"],
	}} with input as subject({}, {"limits": {"cpu": 1}, "requests": {"memory": "1Gi"}})
}

test_a_limit_stands_for_the_request if {
	resource.missing("requests", "cpu") == set() with input as subject({}, {"limits": {"cpu": 0.5}})
}

test_the_pod_may_say_it_for_its_containers if {
	resource.missing("limits", "cpu") == set() with input as subject({"limits": {"cpu": 2}}, {})
}
