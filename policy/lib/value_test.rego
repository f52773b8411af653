package policy.lib.value_test

import data.policy.lib.value

odd := {"null": null, "number": 1, "list": [1], "mapping": {"a": 1}, "text": "x"}

test_a_list_is_what_is_one if {
	value.list(odd, "list") == [1]
	value.list(odd, "null") == []
	value.list(odd, "mapping") == []
	value.list(odd, "absent") == []
	value.list(null, "list") == []
}

test_a_mapping_is_what_is_one if {
	value.mapping(odd, "mapping") == {"a": 1}
	value.mapping(odd, "null") == {}
	value.mapping(odd, "text") == {}
	value.mapping("text", "mapping") == {}
}

test_a_text_is_what_is_one if {
	value.text(odd, "text") == "x"
	value.text(odd, "number") == ""
	value.text(odd, "absent") == ""
}

test_names_are_listed_as_code if value.codes(["get", "list"]) == "`get`, `list`"

test_pairs_are_grouped_by_their_key if {
	value.groups({["b", 2], ["a", 1], ["b", 1], [["c"], null]}) == {"a": {1}, "b": {1, 2}, ["c"]: {null}}
	value.groups(set()) == {}
}
