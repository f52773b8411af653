# METADATA
# scope: package
# title: Field of a wrong type
# description: >-
#   The API server refuses a pod in which a field has another type than the API says, as `privileged: "true"`. Until
#   somebody removes the quotes, nothing runs, and nothing was judged either: a field that is refused is left out of
#   what the other controls see.
# related_resources:
# - https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
# custom:
#   id: wrong-type
#   severity: medium
#   remediation: >-
#     Write a value of the type that the message names. In YAML, booleans and numbers have no quotes, and strings that
#     look like one of them do.
package policy.pod.wrong_type

deny contains {"message": message, "path": mistyped.path} if {
	some mistyped in input.pod.mistyped
	field := mistyped.path[count(mistyped.path) - 1]
	message := sprintf("%s must be %s, and is %s", [subject(field), article(mistyped.expected), article(mistyped.found)])
}

subject(field) := sprintf("`%s`", [field]) if is_string(field)

subject(field) := sprintf("element %d of the list", [field]) if is_number(field)

article(type) := sprintf("an %s", [type]) if type == "integer"

article(type) := sprintf("an %s", [type]) if type == "integer or string"

article(type) := "null" if type == "null"

article(type) := sprintf("a %s", [type]) if not type in {"integer", "integer or string", "null"}
