# METADATA
# scope: package
# title: Container without a CPU request
# description: >-
#   The scheduler places a pod by what it requests, and when processors are busy the kernel divides them in proportion to
#   requests. A container without one is placed on nodes that are full and gets next to nothing there, and autoscaling by
#   use has nothing to measure against. A limit stands for a request that is not written; a LimitRange of the namespace can
#   bring one too.
# related_resources:
#   - https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
#   - https://kubernetes.io/docs/concepts/policy/limit-range/
# custom:
#   id: missing-cpu-request
#   severity: low
#   default: false
#   remediation: >-
#     Set `resources.requests.cpu` to what the program uses in normal operation.
package policy.pod.missing_cpu_request

import data.policy.lib.resource

deny contains violation if {
	some violation in resource.missing("requests", "cpu")
}
