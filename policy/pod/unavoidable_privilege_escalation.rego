# METADATA
# scope: package
# title: Privileged container may gain privileges
# description: >-
#   A privileged container, or one that adds `CAP_SYS_ADMIN`, can always gain privileges: the API server refuses
#   `allowPrivilegeEscalation: false` beside either. The restricted level of the Pod Security Standards counts it as a fault
#   of its own; it goes away with its cause, which `privileged-container` and `added-capability` report.
# related_resources:
#   - https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: unavoidable-privilege-escalation
#   severity: low
#   default: false
#   remediation: >-
#     Make the container unprivileged or remove `CAP_SYS_ADMIN`, then set `allowPrivilegeEscalation: false`.
package policy.pod.unavoidable_privilege_escalation

import data.policy.lib.pod

deny contains pod.escalation(container) if {
	not pod.windows
	some container in input.pod.containers
	pod.escalation_unavoidable(container)
}
