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
#   parameters:
#     requiredDropCapabilities:
#       description: >-
#         Capabilities that a container has to drop, one by one or with `ALL`.
#       default: [ALL]
package policy.pod.kept_capabilities

import data.policy.lib.pod
import data.policy.lib.value

deny contains violation if {
	not pod.windows
	some container in input.pod.containers
	kept := [capability | some capability in required; not drops(container, capability)]
	count(kept) > 0
	violation := {
		"message": sprintf("%s does not drop %s", [pod.label(container), label(kept)]),
		"path": array.concat(container.path, ["securityContext", "capabilities", "drop"]),
	}
}

required := data.parameters["kept-capabilities"].requiredDropCapabilities

drops(container, capability) if {
	some i
	container.spec.securityContext.capabilities.drop[i] in {"ALL", capability}
}

label(kept) := "`ALL` capabilities" if {
	kept == ["ALL"]
} else := value.codes(kept)
