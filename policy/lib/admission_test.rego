package policy.lib.admission_test

import data.policy.lib.admission

server(flags) := {
	"component": "kube-apiserver",
	"refused": [],
	"settings": {name: {"value": plugins, "origin": "flag"} | some name, plugins in flags},
}

test_flags_change_what_is_on_by_default if {
	flags := {"enable-admission-plugins": ["NodeRestriction"], "disable-admission-plugins": ["ServiceAccount"]}
	admission.enabled("NodeRestriction") with input as server(flags)
	admission.enabled("NamespaceLifecycle") with input as server(flags)
	admission.disabled("ServiceAccount") with input as server(flags)
	admission.disabled("AlwaysPullImages") with input as server(flags)
}

test_the_old_flag_stands_for_itself if {
	flags := {"admission-control": ["NodeRestriction"], "enable-admission-plugins": ["AlwaysPullImages"]}
	admission.enabled("NodeRestriction") with input as server(flags)
	admission.disabled("ServiceAccount") with input as server(flags)
	admission.disabled("AlwaysPullImages") with input as server(flags)
}

test_an_unknown_flag_leaves_everything_open if {
	settings := {"enable-admission-plugins": {"unknown": "a template expression"}}
	open := {"component": "kube-apiserver", "refused": [], "settings": settings}
	not admission.enabled("ServiceAccount") with input as open
	not admission.disabled("AlwaysAdmit") with input as open
	count(admission.doubts) == 1 with input as open
}

test_other_components_have_no_plugins if {
	not admission.disabled("NodeRestriction") with input as object.union(server({}), {"component": "etcd"})
}

test_a_finding_is_at_the_flag_that_decides if {
	admission.finding("ServiceAccount", "off", "x").path == ["settings", "disable-admission-plugins"] with input as server({"disable-admission-plugins": ["ServiceAccount"]})
	admission.finding("NodeRestriction", "off", "x").path == ["settings", "enable-admission-plugins"] with input as server({})
	admission.finding("AlwaysAdmit", "on", "x").path == ["settings", "admission-control"] with input as server({"admission-control": ["AlwaysAdmit"]})
}
