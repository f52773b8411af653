# METADATA
# scope: package
# title: Container without a readiness probe
# description: >-
#   A container that opens ports and has no readiness probe gets requests from the moment that its process starts, and goes
#   on to get them when it can no longer answer. A broken version then replaces a working one completely, because Kubernetes
#   takes it to be ready. Workloads that run to their end, init containers, bare pods and containers without ports are
#   exempt.
# related_resources:
#   - https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
# custom:
#   id: missing-readiness-probe
#   severity: low
#   default: false
#   remediation: >-
#     Add a `readinessProbe` that succeeds when the program can serve a request.
package policy.pod.missing_readiness_probe

import data.policy.lib.pod

deny contains violation if {
	pod.long_running
	some container in input.pod.containers
	container.type == "container"
	count(object.get(container.spec, "ports", [])) > 0
	object.get(container.spec, "readinessProbe", {}) == {}
	violation := {
		"message": sprintf("%s has no readiness probe", [pod.label(container)]),
		"path": array.concat(container.path, ["readinessProbe"]),
	}
}
