# METADATA
# scope: package
# title: Setting counts for nothing
# description: >-
#   The setting is written where nothing reads one of its name: the word is misspelled, stands a level too high or low,
#   or belongs to another version. Whoever wrote it believes that it protects the cluster, and an attacker meets the
#   default instead.
# related_resources:
# - https://kubernetes.io/docs/reference/config-api/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/
# custom:
#   id: ignored-setting
#   severity: medium
#   remediation: >-
#     Correct the name or the place of the setting, or remove it; the configuration reference of the version lists what
#     is read.
package policy.component.ignored_setting

deny contains {"message": message, "path": ["ignored", i]} if {
	some i, message in object.get(input, "ignored", [])
}
