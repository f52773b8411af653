# METADATA
# scope: package
# title: No seccomp profile is enforced
# description: >-
#   Without a seccomp profile Kubernetes runs a container unconfined: every system call of the kernel is open to whoever
#   takes over the program, and many kernel exploits begin with one that no ordinary program uses. Nodes can be configured to
#   use the runtime's profile by default (`seccompDefault`), but a manifest cannot know that. Profiles that are written and do
#   not confine count here as well. Pods that say they run on Windows are exempt.
# related_resources:
#   - https://kubernetes.io/docs/tutorials/security/seccomp/
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: unset-seccomp
#   severity: low
#   default: false
#   remediation: >-
#     Set `seccompProfile: {type: RuntimeDefault}` in the security context of the pod, which then holds for all its
#     containers.
package policy.pod.unset_seccomp

import data.policy.lib.pod
import data.policy.lib.profile

deny contains object.union(violation, profile.cure(profile.type(written))) if {
	not pod.windows
	some context in pod.security_contexts
	written := context.spec.seccompProfile
	not profile.confines(written)
	violation := {
		"message": sprintf("%s has a seccomp profile %s", [context.owner, profile.label(written)]),
		"path": array.concat(context.path, ["seccompProfile", "type"]),
	}
}

deny contains violation if {
	not pod.windows
	some container in input.pod.containers
	not container.effective.seccompProfile
	violation := {
		"message": sprintf("%s runs without a seccomp profile", [pod.label(container)]),
		"path": array.concat(container.path, ["securityContext", "seccompProfile"]),
		"fix": {"op": "set", "value": {"type": "RuntimeDefault"}},
	}
}
