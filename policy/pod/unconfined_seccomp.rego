# METADATA
# scope: package
# title: Seccomp is switched off
# description: >-
#   Seccomp filters the system calls of a container. The runtime's default profile leaves out those that ordinary programs
#   never need and kernel exploits often do, such as loading modules, `keyctl` or `userfaultfd`. A workload that asks for
#   `Unconfined` has the whole kernel interface as its attack surface, also on nodes that confine all others by default.
# related_resources:
#   - https://kubernetes.io/docs/tutorials/security/seccomp/
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: unconfined-seccomp
#   severity: medium
#   remediation: >-
#     Use the type `RuntimeDefault`, or install a profile on the nodes and name it with type `Localhost`.
package policy.pod.unconfined_seccomp

import data.policy.lib.pod
import data.policy.lib.profile

deny contains object.union(violation, profile.cure(profile.type(written))) if {
	some context in pod.security_contexts
	written := context.spec.seccompProfile
	not profile.confines(written)
	violation := {
		"message": sprintf("%s has a seccomp profile %s", [context.owner, profile.label(written)]),
		"path": array.concat(context.path, ["seccompProfile", "type"]),
	}
}
