package policy.lib.platform_test

import data.policy.lib.platform

role(name) := {"metadata": {"name": name}}

masters := {"kind": "Group", "name": "system:masters"}

test_a_role_of_any_distribution_is_known_where_the_platform_is_not if {
	platform.owns_role(role("system:node")) with input as {"cluster": {"platform": null}}
	platform.owns_role(role("eks:node-manager")) with input as {"cluster": {"platform": null}}
	not platform.owns_role(role("system:mine")) with input as {"cluster": {"platform": null}}
}

test_a_role_of_another_distribution_is_not_known if {
	platform.owns_role(role("system:node")) with input as {"cluster": {"platform": "gke"}}
	not platform.owns_role(role("eks:node-manager")) with input as {"cluster": {"platform": "gke"}}
}

test_an_object_policy_sees_no_cluster_and_knows_all if {
	platform.owns_subject(role("cluster-admin"), masters) with input as {"object": {}}
}

test_a_subject_is_known_in_its_own_binding_only if {
	platform.owns_subject(role("cluster-admin"), masters) with input as {"cluster": {"platform": null}}
	not platform.owns_subject(role("mine"), masters) with input as {"cluster": {"platform": null}}
	not platform.owns_subject(role("cluster-admin"), {"kind": "User", "name": "eve"}) with input as {"cluster": {"platform": null}}
}

test_a_service_account_has_its_namespace_in_its_key if {
	platform.subject_key({"kind": "ServiceAccount", "name": "ci", "namespace": "build"}) == "ServiceAccount/build/ci"
	platform.subject_key(masters) == "Group/system:masters"
	platform.subject_key({"kind": "User", "name": null}) == "User/"
}
