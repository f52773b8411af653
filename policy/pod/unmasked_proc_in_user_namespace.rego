# METADATA
# scope: package
# title: Container in a user namespace sees all of /proc
# description: >-
#   With `hostUsers: false` the container's root is an unprivileged user of the node, so that an unmasked `/proc` lets it
#   write nothing that belongs to the node. What remains is reading: the unmasked files tell an attacker about the kernel
#   and give a kernel exploit more surface. The baseline level of the Pod Security Standards accepts that, the restricted
#   level does not.
# related_resources:
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
#   - https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/
# custom:
#   id: unmasked-proc-in-user-namespace
#   severity: low
#   default: false
#   remediation: Remove `procMount`, unless the container runs containers of its own.
package policy.pod.unmasked_proc_in_user_namespace

import data.policy.lib.pod

deny contains violation if {
	pod.user_namespace
	some container in input.pod.containers
	proc_mount := container.spec.securityContext.procMount
	proc_mount != "Default"
	violation := {
		"message": sprintf("%s has the proc mount `%v`", [pod.label(container), proc_mount]),
		"path": array.concat(container.path, ["securityContext", "procMount"]),
		"fix": {"op": "remove"},
	}
}
