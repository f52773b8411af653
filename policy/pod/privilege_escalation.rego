# METADATA
# scope: package
# title: Container may gain privileges
# description: >-
#   Unless a container says `allowPrivilegeEscalation: false`, a process in it can gain more rights than its parent, by
#   running a set-user-ID program such as `su` or `mount` or a file with capabilities. A program that runs as an ordinary user
#   is then one flawed binary of the image away from root in the container, with which most escapes begin. The setting costs
#   nothing where no such program is used, and no default of the cluster replaces it. Where the API server refuses `false`,
#   because the container is privileged or adds `CAP_SYS_ADMIN`, that is what has to go, and `privileged-container` or
#   `added-capability` says so. Pods that say they run on Windows are exempt.
# related_resources:
#   - https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: privilege-escalation
#   severity: medium
#   remediation: >-
#     Set `allowPrivilegeEscalation: false` in the security context of every container, init containers included.
package policy.pod.privilege_escalation

import data.policy.lib.pod

deny contains violation if {
	not pod.windows
	some container in input.pod.containers
	not pod.escalation_unavoidable(container)
	violation := object.union(pod.escalation(container), {"fix": {"op": "set", "value": false}})
}
