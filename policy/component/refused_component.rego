# METADATA
# scope: package
# title: Component would not start
# description: >-
#   The component refuses these settings at start. On the next restart of the node it stays down, or it goes on with
#   what it was started with before, and nobody sees that the settings in the repository are not the ones in force. An
#   attacker gains from the controls that everybody believes in.
# related_resources:
# - https://kubernetes.io/docs/reference/command-line-tools-reference/
# custom:
#   id: refused-component
#   severity: high
#   remediation: >-
#     Correct the setting that the message names; `--help` of the component and its configuration reference list what
#     its version takes.
package policy.component.refused_component

deny contains {"message": message, "path": ["refused", i]} if {
	some i, reason in input.refused
	message := sprintf("%s would not start: %s", [input.component, reason])
}
