# METADATA
# scope: package
# title: Key written twice
# description: >-
#   Of a key that is written twice in one mapping Kubernetes takes the last one and says nothing. A reviewer who sees
#   `privileged: false` at the top of a security context does not look for `privileged: true` at its end. Other tools
#   take the first one, or refuse the file.
# related_resources:
# - https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
# - https://yaml.org/spec/1.2.2/#3213-node-comparison
# custom:
#   id: duplicate-key
#   severity: medium
#   remediation: >-
#     Keep the one that is meant and remove the others.
package policy.object.duplicate_key

deny contains {"message": message, "path": duplicate.path, "duplicate": duplicate.id} if {
	some duplicate in input.duplicates
	key := duplicate.path[count(duplicate.path) - 1]
	message := sprintf("`%s` is written more than once, and only the last one counts", [key])
}
