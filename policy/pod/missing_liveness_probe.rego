# METADATA
# scope: package
# title: Container without a liveness probe
# description: >-
#   Kubernetes restarts a container whose process ends. One that hangs, after a deadlock or because an attacker has
#   exhausted its threads or connections, goes on forever, unless a liveness probe notices. A probe that is too strict does
#   harm of its own, so this is for the owner to decide. Workloads that run to their end, init containers and bare pods are
#   exempt.
# related_resources:
#   - https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
# custom:
#   id: missing-liveness-probe
#   severity: low
#   default: false
#   remediation: >-
#     Add a `livenessProbe` that fails only when a restart helps: it must not depend on other services.
package policy.pod.missing_liveness_probe

import data.policy.lib.pod

deny contains violation if {
	pod.long_running
	some container in input.pod.containers
	container.type == "container"
	object.get(container.spec, "livenessProbe", {}) == {}
	violation := {
		"message": sprintf("%s has no liveness probe", [pod.label(container)]),
		"path": array.concat(container.path, ["livenessProbe"]),
	}
}
