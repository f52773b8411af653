package policy.lib.profile_test

import data.policy.lib.profile

test_the_runtime_default_and_local_profiles_confine if {
	profile.confines({"type": "RuntimeDefault"})
	profile.confines({"type": "Localhost", "localhostProfile": "web.json"})
}

test_other_types_and_no_type_do_not_confine if {
	not profile.confines({"type": "Unconfined"})
	not profile.confines({"type": "runtimeDefault"})
	not profile.confines({})
}

test_a_label_shows_what_is_written if {
	profile.label({"type": "Unconfined"}) == "of type `Unconfined`"
	profile.label({}) == "without a type"
}

test_only_unconfined_has_a_certain_cure if {
	profile.cure("Unconfined").fix.value == "RuntimeDefault"
	profile.cure("runtimeDefault") == {}
	profile.cure("") == {}
}
