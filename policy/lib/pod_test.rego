package policy.lib.pod_test

import data.policy.lib.pod

web := {"type": "container", "name": "web", "path": ["spec", "containers", 0], "spec": {"securityContext": {"privileged": true}}}

debugger := {"type": "ephemeral", "name": "", "path": ["spec", "ephemeralContainers", 0], "spec": {}}

subject(spec) := {"object": {}, "pod": {
	"path": [],
	"metadata": {},
	"spec": spec,
	"spec_path": ["spec"],
	"containers": [web, debugger],
}}

test_only_written_security_contexts_are_listed if {
	contexts := pod.security_contexts with input as subject({})
	contexts == {{
		"owner": "container `web`",
		"path": ["spec", "containers", 0, "securityContext"],
		"spec": {"privileged": true},
	}}
}

test_an_empty_security_context_of_the_pod_is_listed if {
	contexts := pod.security_contexts with input as subject({"securityContext": {}})
	some context in contexts
	context == {"owner": "the pod", "path": ["spec", "securityContext"], "spec": {}}
}

test_windows_is_what_the_pod_says if {
	pod.windows with input as subject({"os": {"name": "windows"}})
	not pod.windows with input as subject({"os": {"name": "linux"}})
	not pod.windows with input as subject({})
}

test_a_user_namespace_is_asked_for_with_false if {
	pod.user_namespace with input as subject({"hostUsers": false})
	not pod.user_namespace with input as subject({"hostUsers": true})
	not pod.user_namespace with input as subject({})
}

test_jobs_come_to_an_end if {
	pod.long_running with input as {"object": {"kind": "Deployment"}}
	not pod.long_running with input as {"object": {"kind": "CronJob"}}
}

test_a_label_tells_the_kinds_of_containers_apart if {
	pod.label(web) == "container `web`"
	pod.label(object.union(web, {"type": "init"})) == "init container `web`"
	pod.label(debugger) == "unnamed ephemeral container"
}
