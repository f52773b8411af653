# METADATA
# scope: package
# title: SELinux label is chosen by the workload
# description: >-
#   On nodes with SELinux the container runtime gives every container a type that may touch container files only, and a
#   pair of categories of its own. That holds even for root, and has stopped container escapes for which no patch
#   existed. A workload that names another type, such as `spc_t`, or a user or role of its own, steps out of it, often
#   to no confinement at all. Choosing a level is fine, and so are the types made for containers.
# related_resources:
#   - https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#assign-selinux-labels-to-a-container
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: custom-selinux-label
#   severity: medium
#   remediation: >-
#     Remove `user` and `role`, and remove `type` or set it to `container_t`, `container_init_t`, `container_kvm_t` or
#     `container_engine_t`.
package policy.pod.custom_selinux_label

import data.policy.lib.pod

deny contains violation if {
	some context in pod.security_contexts
	options := context.spec.seLinuxOptions
	some member in ["type", "user", "role"]
	value := object.get(options, member, "")
	not accepted(member, value)
	violation := {
		"message": sprintf("%s sets the SELinux %s `%v`", [context.owner, member, value]),
		"path": array.concat(context.path, ["seLinuxOptions", member]),
		"fix": {"op": "remove"},
	}
}

accepted(_, value) if value == ""

accepted("type", value) if value in {"container_t", "container_init_t", "container_kvm_t", "container_engine_t"}
