# METADATA
# scope: package
# title: Label selectors
# description: Which labels a selector asks for.
# related_resources:
# - https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
package policy.lib.selector

import data.policy.lib.value

# What a label selector asks for, one requirement a member.
requirements(selector) := array.concat(
	equalities(value.mapping(selector, "matchLabels")),
	[{"key": written.key, "operator": written.operator, "values": value.list(written, "values")} |
		some written in value.list(selector, "matchExpressions")
	],
)

# What a map of labels asks for, as a Service has it.
equalities(labels) := [{"key": key, "operator": "In", "values": [wanted]} | some key, wanted in labels]

# Labels meet every requirement.
matches(wanted, labels) if {
	every requirement in wanted {
		meets(requirement, labels)
	}
}

meets(requirement, labels) if {
	requirement.operator == "In"
	object.get(labels, requirement.key, null) in requirement.values
}

meets(requirement, labels) if {
	requirement.operator == "NotIn"
	not object.get(labels, requirement.key, null) in requirement.values
}

meets(requirement, labels) if {
	requirement.operator == "Exists"
	requirement.key in object.keys(labels)
}

meets(requirement, labels) if {
	requirement.operator == "DoesNotExist"
	not requirement.key in object.keys(labels)
}
