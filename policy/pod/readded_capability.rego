# METADATA
# scope: package
# title: Container adds a capability other than NET_BIND_SERVICE
# description: >-
#   A container that drops all capabilities and then adds some back keeps exactly those for an attacker: `CHOWN` and
#   `DAC_OVERRIDE` open every file of its volumes, `SETUID` makes any user of it, `SYS_CHROOT` and `MKNOD` take part in
#   escapes. The restricted level of the Pod Security Standards leaves `NET_BIND_SERVICE` only, for binding ports below 1024.
#   Pods that say they run on Windows are exempt.
# related_resources:
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
#   - https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#set-capabilities-for-a-container
# custom:
#   id: readded-capability
#   severity: low
#   default: false
#   remediation: >-
#     Remove the capability: prepare file owners and modes in the image, and start the program as the user it runs as.
package policy.pod.readded_capability

import data.policy.lib.pod

deny contains violation if {
	not pod.windows
	some container in input.pod.containers
	some i
	capability := container.spec.securityContext.capabilities.add[i]
	capability != "NET_BIND_SERVICE"
	violation := {
		"message": sprintf("%s adds the capability `%v`", [pod.label(container), capability]),
		"path": array.concat(container.path, ["securityContext", "capabilities", "add", i]),
	}
}
