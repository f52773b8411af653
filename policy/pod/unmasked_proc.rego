# METADATA
# scope: package
# title: Container sees all of /proc
# description: >-
#   Container runtimes hide the parts of `/proc` that speak of the node, such as `/proc/kcore`, and make others read-only,
#   such as `/proc/sys`. A `procMount` other than `Default` lifts that. An attacker who is root in the container reads kernel
#   memory addresses and timings or writes a kernel setting like `core_pattern`, which runs a program on the node. A pod
#   with a user namespace of its own (`hostUsers: false`) is another control's, because its root is nobody on the node.
# related_resources:
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
#   - https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
# custom:
#   id: unmasked-proc
#   severity: high
#   remediation: >-
#     Remove `procMount`. Building or running containers inside a container, the case it is made for, belongs in a pod with
#     `hostUsers: false`.
package policy.pod.unmasked_proc

import data.policy.lib.pod

deny contains violation if {
	not pod.user_namespace
	some container in input.pod.containers
	proc_mount := container.spec.securityContext.procMount
	proc_mount != "Default"
	violation := {
		"message": sprintf("%s has the proc mount `%v`", [pod.label(container), proc_mount]),
		"path": array.concat(container.path, ["securityContext", "procMount"]),
		"fix": {"op": "remove"},
	}
}
