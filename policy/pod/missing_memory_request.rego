# METADATA
# scope: package
# title: Container without a memory request
# description: >-
#   The scheduler places a pod by what it requests, and for a container without a request it reserves nothing. Such nodes
#   run full, and when memory runs out the pods that request nothing are the first to be killed. A limit stands for a
#   request that is not written; a LimitRange of the namespace can bring one too.
# related_resources:
#   - https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
#   - https://kubernetes.io/docs/concepts/policy/limit-range/
# custom:
#   id: missing-memory-request
#   severity: low
#   default: false
#   remediation: >-
#     Set `resources.requests.memory` to what the program uses in normal operation.
package policy.pod.missing_memory_request

import data.policy.lib.resource

deny contains violation if {
	some violation in resource.missing("requests", "memory")
}
