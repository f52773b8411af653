package policy.lib.selector_test

import data.policy.lib.selector

labels := {"app": "web", "tier": "front"}

selects(written) if selector.matches(selector.requirements(written), labels)

test_an_empty_selector_takes_everything if {
	selects({})
	selects({"matchLabels": null, "matchExpressions": null})
}

test_labels_are_all_asked_for if {
	selects({"matchLabels": {"app": "web"}})
	not selects({"matchLabels": {"app": "web", "tier": "back"}})
	not selects({"matchLabels": {"zone": "a"}})
}

test_expressions_are_asked_for_as_well if {
	selects({"matchExpressions": [{"key": "app", "operator": "In", "values": ["api", "web"]}]})
	selects({"matchExpressions": [{"key": "zone", "operator": "NotIn", "values": ["a"]}]})
	selects({"matchExpressions": [{"key": "app", "operator": "Exists"}]})
	selects({"matchExpressions": [{"key": "zone", "operator": "DoesNotExist"}]})
	not selects({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]})
	not selects({"matchExpressions": [{"key": "zone", "operator": "Exists"}]})
	not selects({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]})
}

test_a_service_selector_is_a_map if {
	selector.matches(selector.equalities({"app": "web"}), labels)
	not selector.matches(selector.equalities({"app": "api"}), labels)
}
