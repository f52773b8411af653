# METADATA
# scope: package
# title: Container without a memory limit
# description: >-
#   A container without a memory limit grows until the node has none left; then the kernel kills processes of other pods as
#   well. A leak does that, and so does an attacker who sends requests that are costly to answer. A LimitRange of the
#   namespace can bring a limit that the manifest does not show.
# related_resources:
#   - https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
#   - https://kubernetes.io/docs/concepts/policy/limit-range/
# custom:
#   id: missing-memory-limit
#   severity: low
#   default: false
#   remediation: >-
#     Set `resources.limits.memory` to what the program needs at its busiest, with some room, and the request to the same.
package policy.pod.missing_memory_limit

import data.policy.lib.resource

deny contains violation if {
	some violation in resource.missing("limits", "memory")
}
