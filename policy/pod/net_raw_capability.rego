# METADATA
# scope: package
# title: Container keeps the NET_RAW capability
# description: >-
#   `NET_RAW` is in the default set of most container runtimes. With it an attacker in a container opens raw sockets: they
#   forge packets, answer ARP and DNS requests in the place of others on the node's pod network, and read traffic that is
#   not theirs. Apart from `ping` of old images nearly no program needs it. Pods that say they run on Windows are exempt.
# related_resources:
#   - https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#set-capabilities-for-a-container
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: net-raw-capability
#   severity: medium
#   default: false
#   remediation: >-
#     Set `capabilities: {drop: ["ALL"]}` in the security context of the container, or drop `NET_RAW` alone, and do not add
#     it back.
package policy.pod.net_raw_capability

import data.policy.lib.pod

deny contains violation if {
	not pod.windows
	some container in input.pod.containers
	not lists(container, "drop", {"NET_RAW"})
	some i
	capability := container.spec.securityContext.capabilities.add[i]
	upper(capability) in {"ALL", "NET_RAW"}
	violation := {
		"message": sprintf("%s adds the capability `%s`", [pod.label(container), capability]),
		"path": array.concat(container.path, ["securityContext", "capabilities", "add", i]),
	}
}

deny contains violation if {
	not pod.windows
	some container in input.pod.containers
	not lists(container, "drop", {"ALL", "NET_RAW"})
	not lists(container, "add", {"ALL", "NET_RAW"})
	violation := {
		"message": sprintf("%s keeps the capability `NET_RAW`", [pod.label(container)]),
		"path": array.concat(container.path, ["securityContext", "capabilities", "drop"]),
	}
}

# Container runtimes do not mind the case, and drop one by one what `ALL` has added: containerd, `WithCapabilities`; CRI-O,
# `SetupCapabilities`.
lists(container, member, capabilities) if {
	some i
	upper(container.spec.securityContext.capabilities[member][i]) in capabilities
}
