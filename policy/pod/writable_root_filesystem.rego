# METADATA
# scope: package
# title: Container may write to its root filesystem
# description: >-
#   An attacker who gets into a container brings tools along, changes the program or its configuration, and leaves a way
#   back in. On a read-only root filesystem none of that can be stored outside of the volumes that the program writes to.
#   Pods that say they run on Windows are exempt, where the setting does not exist.
# related_resources:
#   - https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
# custom:
#   id: writable-root-filesystem
#   severity: low
#   default: false
#   remediation: >-
#     Set `readOnlyRootFilesystem: true` in the security context of the container, and mount an `emptyDir` where the program
#     writes, often `/tmp`.
package policy.pod.writable_root_filesystem

import data.policy.lib.pod

deny contains violation if {
	not pod.windows
	some container in input.pod.containers
	object.get(container.spec, ["securityContext", "readOnlyRootFilesystem"], false) == false
	violation := {
		"message": sprintf("%s may write to its root filesystem (`readOnlyRootFilesystem` is not true)", [pod.label(container)]),
		"path": array.concat(container.path, ["securityContext", "readOnlyRootFilesystem"]),
	}
}
