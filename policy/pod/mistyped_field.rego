# METADATA
# scope: package
# title: Value of a type that Kubernetes refuses
# description: >-
#   The API server refuses an object with a value of the wrong type, such as `privileged: "yes"`, `runAsUser: "1000"` or a
#   number in an environment variable. Where the value is a security setting, the workload that was reviewed is not the one
#   that runs: the change is never applied, and the old version keeps running, or somebody fixes it in a hurry at the
#   cluster. Such a value counts as not written for the other controls.
# related_resources:
#   - https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
# custom:
#   id: mistyped-field
#   severity: medium
#   remediation: >-
#     Write the value in the type that is expected: numbers and booleans without quotes, text that looks like a number or a
#     boolean with quotes.
package policy.pod.mistyped_field

deny contains violation if {
	some i
	mistyped := input.pod.mistyped[i]
	not filled_in_later(mistyped.path)
	violation := {
		"message": sprintf("%s is a %s where a %s is expected, and would be refused", [label(mistyped.path), mistyped.found, mistyped.expected]),
		"path": mistyped.path,
	}
}

# Workflows fill in values when they run.
filled_in_later(path) if {
	text := object.get(input.object, path, "")
	is_string(text)
	regex.match(`\{\{|\$[({]`, text)
}

label(path) := sprintf("`%s`", [last]) if {
	last := path[count(path) - 1]
	is_string(last)
} else := sprintf("element %v of `%v`", [path[count(path) - 1] + 1, path[count(path) - 2]])
