package policy.lib.api_version_test

import data.policy.lib.api_version

cluster(version) := {"cluster": {"kubernetes": version}}

test_the_version_of_the_cluster_comes_first if {
	api_version.minor("1.34") == 29 with input as cluster("v1.29.3")
	api_version.minor("1.34") == 31 with input as cluster("1.31")
	api_version.minor("1.34") == 34 with input as cluster(null)
}

test_a_kind_is_looked_up_with_its_version if {
	api_version.life({"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget"}).removed == 25
	not api_version.life({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget"})
	not api_version.life({"apiVersion": "policy/v1beta1", "kind": null})
}

test_the_cure_is_offered_where_only_the_name_differs if {
	api_version.cure({"use": "batch/v1", "same": true}) == {"fix": {"op": "set", "value": "batch/v1"}}
	api_version.cure({"use": "apps/v1", "same": false}) == {}
}

test_advice_names_what_to_use if {
	api_version.advice({"use": "apps/v1"}) == "; use `apps/v1`"
	api_version.advice({"use": ""}) == "; nothing took its place"
}
