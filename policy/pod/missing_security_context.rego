# METADATA
# scope: package
# title: Container without a security context
# description: >-
#   Where neither a container nor its pod has a security context, everything is as the image and the runtime have it: root
#   if the image says so, the default capabilities, new privileges through set-user-ID programs. Other controls name what is
#   missing; this one finds the workloads for which nobody has asked the question yet.
# related_resources:
#   - https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
# custom:
#   id: missing-security-context
#   severity: low
#   default: false
#   remediation: >-
#     Write a security context for the pod with `runAsNonRoot: true` and `seccompProfile: {type: RuntimeDefault}`, and one
#     for each container with `allowPrivilegeEscalation: false` and `capabilities: {drop: ["ALL"]}`.
package policy.pod.missing_security_context

import data.policy.lib.pod

deny contains violation if {
	object.get(input.pod.spec, "securityContext", {}) == {}
	some container in input.pod.containers
	object.get(container.spec, "securityContext", {}) == {}
	violation := {
		"message": sprintf("%s has no security context, and neither has its pod", [pod.label(container)]),
		"path": array.concat(container.path, ["securityContext"]),
	}
}
