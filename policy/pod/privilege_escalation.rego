# METADATA
# scope: package
# title: Container may gain privileges
# description: >-
#   Unless a container says `allowPrivilegeEscalation: false`, a process in it can gain more rights than its parent, by
#   running a set-user-ID program such as `su` or `mount` or a file with capabilities. A program that runs as an ordinary user
#   is then one flawed binary of the image away from root in the container, with which most escapes begin. The setting costs
#   nothing where no such program is used, and no default of the cluster replaces it. Pods that say they run on Windows are
#   exempt.
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

deny contains object.union(violation, cure(container)) if {
	not pod.windows
	some container in input.pod.containers
	allowed := object.get(container.spec, ["securityContext", "allowPrivilegeEscalation"], "by default")
	allowed != false
	violation := {
		"message": sprintf("%s may gain privileges (`allowPrivilegeEscalation` %s)", [pod.label(container), state(allowed)]),
		"path": array.concat(container.path, ["securityContext", "allowPrivilegeEscalation"]),
	}
}

state(allowed) := "is true" if allowed == true

state(allowed) := "is not set" if allowed != true

# The API server refuses `false` beside these two.
cure(container) := {} if holds_all_privileges(container)

cure(container) := {"fix": {"op": "set", "value": false}} if not holds_all_privileges(container)

holds_all_privileges(container) if container.spec.securityContext.privileged == true

holds_all_privileges(container) if {
	some i
	container.spec.securityContext.capabilities.add[i] == "CAP_SYS_ADMIN"
}
