# METADATA
# scope: package
# title: Container does not drop all capabilities
# description: >-
#   Even without adding any, a container that starts as root has about a dozen capabilities. Few programs need one, but an
#   attacker uses them: `DAC_OVERRIDE` reads every file in the container and its volumes, `SETUID` becomes any user, `NET_RAW`
#   spoofs addresses in the pod network. Dropping `ALL` also spares the workload from what later runtimes add to the default.
#   Pods that say they run on Windows are exempt.
# related_resources:
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
#   - https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#set-capabilities-for-a-container
# custom:
#   id: kept-capabilities
#   severity: low
#   default: false
#   remediation: >-
#     Set `capabilities: {drop: ["ALL"]}` in the security context of the container, and add back only what its tests ask for.
package policy.pod.kept_capabilities

import data.policy.lib.pod

deny contains violation if {
	not pod.windows
	some container in input.pod.containers
	not drops_all(container)
	violation := {
		"message": sprintf("%s does not drop `ALL` capabilities", [pod.label(container)]),
		"path": array.concat(container.path, ["securityContext", "capabilities", "drop"]),
	}
}

drops_all(container) if {
	some i
	container.spec.securityContext.capabilities.drop[i] == "ALL"
}
