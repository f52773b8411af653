# METADATA
# scope: package
# title: Pod shares the process namespace of its node
# description: >-
#   With `hostPID: true` every process of the node is visible from the pod. Whoever takes over one of its containers reads
#   the command lines and, with the same user id, the environment of all other workloads, tokens and passwords included,
#   and can send signals to them. Together with a further right such as `SYS_PTRACE` or a privileged container, entering
#   the namespaces of the node's own processes is a matter of one command, and the node is lost.
# related_resources:
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
#   - https://kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace/
# custom:
#   id: host-pid
#   severity: high
#   remediation: >-
#     Remove `hostPID`. Containers of one pod that need to see each other's processes use `shareProcessNamespace: true`.
package policy.pod.host_pid

deny contains violation if {
	input.pod.spec.hostPID == true
	violation := {
		"message": "the pod shares the process namespace of its node (`hostPID: true`)",
		"path": array.concat(input.pod.spec_path, ["hostPID"]),
		"fix": {"op": "remove"},
	}
}
