# METADATA
# scope: package
# title: Container is made to run as root
# description: >-
#   `runAsUser: 0` makes root of whatever user the image has chosen. Root in the container is root towards the kernel and
#   towards every file that is mounted, so that a flaw in the runtime or a careless volume becomes root on the node. The
#   pod's setting counts even where containers override it, because the next container added will not. Pods with a user
#   namespace of their own (`hostUsers: false`) are exempt: their root is nobody on the node.
# related_resources:
#   - https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: root-user
#   severity: medium
#   remediation: >-
#     Remove `runAsUser` or give it the number of an ordinary user. For files of a volume that belong to another user set
#     `fsGroup` in place of a root container that changes owners.
package policy.pod.root_user

import data.policy.lib.pod

deny contains violation if {
	not pod.user_namespace
	some context in pod.security_contexts
	context.spec.runAsUser == 0
	violation := {
		"message": sprintf("%s sets root as its user (`runAsUser: 0`)", [context.owner]),
		"path": array.concat(context.path, ["runAsUser"]),
	}
}
