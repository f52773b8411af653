# METADATA
# scope: package
# title: Container may run as root
# description: >-
#   Without `runAsNonRoot: true` nothing stops a container from running as user 0: the image decides, and its next version may
#   decide otherwise. Root in the container is root towards the kernel and towards every file that is mounted, so that a flaw
#   in the runtime or a careless volume becomes root on the node. A setting of the container comes before that of the
#   pod. Pods with a user namespace of their own (`hostUsers: false`) are exempt.
# related_resources:
#   - https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: root-allowed
#   severity: medium
#   default: false
#   remediation: >-
#     Build the image with a numeric user and set `runAsNonRoot: true` in the security context of the pod, which then holds for
#     all containers that do not say otherwise.
#   parameters:
#     acceptRunAsUser:
#       description: >-
#         Accept a container that is made to run as a user other than root by `runAsUser`, as the CIS benchmarks do. The
#         Pod Security Standards do not.
#       default: false
package policy.pod.root_allowed

import data.policy.lib.pod

deny contains violation if {
	not pod.user_namespace
	some context in pod.security_contexts
	context.spec.runAsNonRoot == false
	not accepted(object.get(context.spec, "runAsUser", object.get(input.pod.spec, ["securityContext", "runAsUser"], 0)))
	violation := {
		"message": sprintf("%s allows root (`runAsNonRoot: false`)", [context.owner]),
		"path": array.concat(context.path, ["runAsNonRoot"]),
	}
}

deny contains violation if {
	not pod.user_namespace
	some container in input.pod.containers
	not container.effective.runAsNonRoot
	not accepted(object.get(container.effective, ["runAsUser", "value"], 0))
	violation := {
		"message": sprintf("%s may run as root (`runAsNonRoot` is not set)", [pod.label(container)]),
		"path": array.concat(container.path, ["securityContext", "runAsNonRoot"]),
	}
}

accepted(user) if {
	data.parameters["root-allowed"].acceptRunAsUser == true
	user > 0
}
