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

# Pairs [key, member] → for each key the set of its members; sorted once, so that no key goes over all pairs again.
groups(pairs) := {sorted[first][0]: {pair[1] | some pair in array.slice(sorted, first, ends[i])} | some i, first in firsts} if {
	sorted := sort(pairs)
	firsts := [at | some at, _ in sorted; is_first(sorted, at)]
	ends := array.concat(array.slice(firsts, 1, count(firsts)), [count(sorted)])
}

# Whether the pair is the first one with its key.
is_first(_, at) if at == 0

is_first(sorted, at) if sorted[at - 1][0] != sorted[at][0]
