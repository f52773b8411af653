package policy.lib.component_test

import data.policy.lib.component

server(settings) := {"component": "kube-apiserver", "refused": [], "files": {}, "settings": settings}

kubelet(settings) := {"component": "kubelet", "refused": [], "files": {}, "settings": settings}

flag(value) := {"value": value, "origin": "flag"}

test_a_written_value_is_judged_whatever_absent_means if {
	every absent in {"default", "pass", "fail"} {
		component.judged("kube-apiserver", "profiling", absent) == {"value": false} with input as server({"profiling": flag(false)})
	}
}

test_absent_says_what_an_unwritten_setting_means if {
	settings := {"profiling": {"value": true, "origin": "default"}}
	component.judged("kube-apiserver", "profiling", "default") == {"value": true} with input as server(settings)
	component.judged("kube-apiserver", "profiling", "fail") == {"missing": true} with input as server(settings)
	not component.judged("kube-apiserver", "profiling", "pass") with input as server(settings)
}

test_nothing_is_judged_of_others_and_of_what_is_not_known if {
	settings := {"profiling": {"unknown": "a template expression"}}
	every absent in {"default", "pass", "fail"} {
		not component.judged("kube-apiserver", "profiling", absent) with input as server(settings)
		not component.judged("etcd", "profiling", absent) with input as server({"profiling": flag(true)})
	}
}

test_nothing_is_judged_of_a_component_that_would_not_start if {
	refused := object.union(server({"profiling": flag(true)}), {"refused": ["there is no flag `--x`"]})
	not component.judged("kube-apiserver", "profiling", "default") with input as refused
	component.doubts("kube-apiserver", {"profiling"}) == {{
		"message": "kube-apiserver would not start: there is no flag `--x`",
		"path": ["settings", "profiling"],
	}} with input as refused
}

test_a_setting_that_the_version_lacks_is_judged_only_if_it_has_to_be_written if {
	not component.judged("kube-apiserver", "insecure-port", "default") with input as server({})
	component.judged("kube-apiserver", "insecure-port", "fail") == {"missing": true} with input as server({})
}

test_a_gate_is_written_or_follows_its_group if {
	judged("default", {"RotateKubeletServerCertificate": false}) == {"value": false}
	judged("default", {"AllBeta": false}) == {"value": false}
	judged("default", {"AllBeta": false, "RotateKubeletServerCertificate": true}) == {"value": true}
	judged("default", {}) == {"value": null}
	judged("fail", {"AllBeta": true}) == {"missing": true}
}

judged(absent, gates) := judgement if {
	judgement := component.judged_gate("kubelet", "featureGates", "RotateKubeletServerCertificate", absent) with input as kubelet({"featureGates": flag(gates)})
}

test_what_is_missing_is_wrong_in_every_way if {
	missing := {"missing": true}
	component.differs(missing, false)
	component.is(missing, true)
	component.empty(missing)
	component.below(missing, 0)
	component.outside(missing, {"a"})
	component.wrong(missing, {0})
	component.outlasts(missing, "300s")
	component.elsewhere(missing)
}

test_lists_are_empty_or_hold_a_stranger if {
	component.outside({"value": []}, ["a"])
	component.outside({"value": null}, ["a"])
	component.outside({"value": ["a", "b"]}, ["a"])
	not component.outside({"value": ["a"]}, ["a"])
}

test_durations_are_compared_and_zero_has_no_end if {
	component.outlasts({"value": "5m1s"}, "300s")
	component.outlasts({"value": "0s"}, "300s")
	not component.outlasts({"value": "5m0s"}, "300s")
}

test_loopback_is_known_with_and_without_a_port if {
	every address in {"127.0.0.1", "127.0.0.10", "::1", "[::1]:10249", "127.0.0.1:10249", "localhost"} {
		not component.elsewhere({"value": address})
	}
	every address in {"0.0.0.0", "::", "[::]:10249", "10.127.0.0:10249", "0.0.0.0:10249", ""} {
		component.elsewhere({"value": address})
	}
}

test_messages_name_flags_and_fields_and_tell_defaults if {
	component.description("profiling") == "`--profiling` is `true`" with input as server({"profiling": flag(true)})
	component.description("client-ca-file") == "`--client-ca-file` is empty" with input as server({"client-ca-file": flag("")})
	component.description("x") == "`--x` is not set" with input as server({})
	component.description("readOnlyPort") == "`readOnlyPort` is not set and defaults to `10255`" with input as kubelet({"readOnlyPort": {"value": 10255, "origin": "default"}})
	component.description("hostname-override") == "`--hostname-override` is `a,b`" with input as kubelet({"hostname-override": flag(["a", "b"])})
}

test_a_file_that_is_not_there_is_a_doubt if {
	settings := {"audit-policy-file": flag("/etc/policy.yaml")}
	missing := object.union(server(settings), {"files": {"audit-policy-file": {"unknown": "it is not in the repository"}}})
	count(component.file_doubts("kube-apiserver", "audit-policy-file")) == 1 with input as missing
	there := object.union(server(settings), {"files": {"audit-policy-file": {"value": {"rules": []}}}})
	count(component.file_doubts("kube-apiserver", "audit-policy-file")) == 0 with input as there
	count(component.file_doubts("kube-apiserver", "audit-policy-file")) == 0 with input as server({})
}

test_etcd_behind_a_socket_is_local if {
	not component.remote_etcd with input as server({"etcd-servers": flag(["unix://kine.sock"])})
	component.remote_etcd with input as server({"etcd-servers": flag(["unix://kine.sock", "https://192.0.2.1:2379"])})
	component.remote_etcd with input as server({"etcd-servers": {"unknown": "a template expression"}})
}
