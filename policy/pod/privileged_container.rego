# METADATA
# scope: package
# title: Container is privileged
# description: >-
#   A privileged container has all capabilities, all devices of the node, and neither a seccomp nor an AppArmor profile.
#   What is left of its isolation is no obstacle: whoever runs code in it mounts the node's disk or loads a kernel module,
#   and has the node with the credentials of every pod on it.
# related_resources:
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
#   - https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
#   - https://kubernetes.io/docs/concepts/security/linux-kernel-security-constraints/
# custom:
#   id: privileged-container
#   severity: critical
#   remediation: >-
#     Set `privileged: false` or remove it, and add the one capability or the one device that the program needs. Devices
#     come from device plugins.
package policy.pod.privileged_container

import data.policy.lib.pod

deny contains violation if {
	some container in input.pod.containers
	container.spec.securityContext.privileged == true
	violation := {
		"message": sprintf("%s is privileged", [pod.label(container)]),
		"path": array.concat(container.path, ["securityContext", "privileged"]),
		"fix": {"op": "set", "value": false},
	}
}
