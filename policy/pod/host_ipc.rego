# METADATA
# scope: package
# title: Pod shares the IPC namespace of its node
# description: >-
#   With `hostIPC: true` the pod sees the shared memory segments, semaphores and message queues of the node's processes and
#   of every other pod that does the same. An attacker in the pod reads what databases and other programs exchange through
#   shared memory, changes it under their hands, or exhausts the node's limits so that they fail.
# related_resources:
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: host-ipc
#   severity: medium
#   remediation: >-
#     Remove `hostIPC`. Containers of one pod share an IPC namespace anyway; programs that exchange shared memory belong in
#     one pod.
package policy.pod.host_ipc

deny contains violation if {
	input.pod.spec.hostIPC == true
	violation := {
		"message": "the pod shares the IPC namespace of its node (`hostIPC: true`)",
		"path": array.concat(input.pod.spec_path, ["hostIPC"]),
		"fix": {"op": "remove"},
	}
}
