# METADATA
# scope: package
# title: Container without a CPU limit
# description: >-
#   A container without a CPU limit may use every processor that others leave idle. An attacker mines coins with them;
#   neighbours with a request of their own still get their share, and a limit slows programs down while processors are idle.
#   Many teams leave it out for that reason; it serves where what each workload uses is charged or has to be predictable.
# related_resources:
#   - https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
#   - https://kubernetes.io/docs/concepts/policy/limit-range/
# custom:
#   id: missing-cpu-limit
#   severity: info
#   default: false
#   remediation: >-
#     Set `resources.limits.cpu`, or be content with a request for every container.
package policy.pod.missing_cpu_limit

import data.policy.lib.resource

deny contains violation if {
	some violation in resource.missing("limits", "cpu")
}
