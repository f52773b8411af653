# METADATA
# scope: package
# title: Values
# description: Reads members of objects that anybody may have written, where a list may be null and a name a number.
package policy.lib.value

# The list at a key; empty where it is absent, null or something else.
list(parent, key) := parent[key] if {
	is_array(parent[key])
} else := []

# The mapping at a key; empty where it is absent, null or something else.
mapping(parent, key) := parent[key] if {
	is_object(parent[key])
} else := {}

# The text at a key; empty where it is absent, null or something else.
text(parent, key) := parent[key] if {
	is_string(parent[key])
} else := ""

# How a message lists names: each as code, with commas.
codes(names) := concat(", ", [sprintf("`%v`", [name]) | some name in names])
