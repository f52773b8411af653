# METADATA
# scope: package
# title: Container adds a capability beyond the default set
# description: >-
#   Linux divides the power of root into capabilities, and a container runtime grants a small set. What a workload adds to
#   it often amounts to root on the node: with `SYS_ADMIN` an attacker mounts the node's disk, with `SYS_PTRACE` they enter
#   other processes, with `SYS_MODULE` they load code into the kernel, with `NET_RAW` they forge and overhear
#   traffic. `ALL` is every one of them.
# related_resources:
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
#   - https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#set-capabilities-for-a-container
# custom:
#   id: added-capability
#   severity: high
#   remediation: >-
#     Remove the capability. Programs that bind low ports need `NET_BIND_SERVICE` at most, which is in the default set; what
#     needs more belongs in a small container of its own, with an exception that says why.
#   parameters:
#     allowedCapabilities:
#       description: >-
#         Capabilities that a container may add; `*` stands for all. The default is what the baseline level allows: the
#         default set of container runtimes without `NET_RAW`.
#       default:
#         - AUDIT_WRITE
#         - CHOWN
#         - DAC_OVERRIDE
#         - FOWNER
#         - FSETID
#         - KILL
#         - MKNOD
#         - NET_BIND_SERVICE
#         - SETFCAP
#         - SETGID
#         - SETPCAP
#         - SETUID
#         - SYS_CHROOT
package policy.pod.added_capability

import data.policy.lib.pod

deny contains violation if {
	not "*" in allowed
	some container in input.pod.containers
	some i
	capability := container.spec.securityContext.capabilities.add[i]
	not capability in allowed
	violation := {
		"message": sprintf("%s adds the capability `%v`", [pod.label(container), capability]),
		"path": array.concat(container.path, ["securityContext", "capabilities", "add", i]),
	}
}

# Case and prefix count: the API knows no `CAP_CHOWN`.
allowed := data.parameters["added-capability"].allowedCapabilities
