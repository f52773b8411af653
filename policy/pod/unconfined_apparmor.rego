# METADATA
# scope: package
# title: AppArmor is switched off
# description: >-
#   On nodes with AppArmor the container runtime confines every container with its default profile, which forbids mounting,
#   writing to kernel settings and tracing processes of other profiles. A workload that asks for `Unconfined` gives this up.
#   Several container escapes work only where it is missing. Profiles of the runtime and profiles installed on the node
#   (`Localhost`) are fine. Both the fields of the security context and the older annotations are read.
# related_resources:
#   - https://kubernetes.io/docs/tutorials/security/apparmor/
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: unconfined-apparmor
#   severity: medium
#   remediation: >-
#     Use the type `RuntimeDefault`, or install a profile on the nodes and name it with type `Localhost`.
package policy.pod.unconfined_apparmor

import data.policy.lib.pod
import data.policy.lib.profile

deny contains object.union(violation, profile.cure(profile.type(written))) if {
	some context in pod.security_contexts
	written := context.spec.appArmorProfile
	not profile.confines(written)
	violation := {
		"message": sprintf("%s has an AppArmor profile %s", [context.owner, profile.label(written)]),
		"path": array.concat(context.path, ["appArmorProfile", "type"]),
	}
}

# The form before Kubernetes 1.30.
deny contains violation if {
	some key
	value := input.pod.metadata.annotations[key]
	startswith(key, prefix)
	not confines(value)
	violation := {
		"message": sprintf("container `%s` has the AppArmor profile `%v`", [trim_prefix(key, prefix), value]),
		"path": array.concat(input.pod.path, ["metadata", "annotations", key]),
		"fix": {"op": "set", "value": "runtime/default"},
	}
}

prefix := "container.apparmor.security.beta.kubernetes.io/"

confines(value) if value in {"", "runtime/default"}

confines(value) if startswith(value, "localhost/")
