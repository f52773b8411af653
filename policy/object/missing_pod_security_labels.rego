# METADATA
# scope: package
# title: Namespace without an enforced pod security level
# description: >-
#   Without the label `pod-security.kubernetes.io/enforce` the API server accepts any pod in the namespace. Whoever
#   may create one there, a compromised pipeline for example, asks for a privileged container or a directory of the
#   node and owns the node. Levels under `warn` and `audit` only tell.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/pod-security-admission/
# - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: missing-pod-security-labels
#   severity: low
#   kinds: [Namespace]
#   parameters:
#     level:
#       description: >-
#         The weakest level that is accepted: privileged, baseline or restricted.
#       default: baseline
#   remediation: >-
#     Label the namespace with `pod-security.kubernetes.io/enforce: baseline`, or `restricted` where the workloads
#     allow it. A namespace for node agents that need more states `privileged` and is excepted by name.
package policy.object.missing_pod_security_labels

import data.policy.lib.value

label := "pod-security.kubernetes.io/enforce"

levels := {"privileged": 0, "baseline": 1, "restricted": 2}

least := data.parameters["missing-pod-security-labels"].level

deny contains {"message": message, "path": ["metadata", "labels", label]} if {
	input.object.kind == "Namespace"
	input.object.apiVersion == "v1"
	not input.object.metadata.name in run_by_the_platform
	level := value.text(value.mapping(value.mapping(input.object, "metadata"), "labels"), label)
	object.get(levels, level, -1) < levels[least]
	message := said(level)
}

said("") := "no pod security level is enforced in this namespace"

said(level) := sprintf("pod security level `%s` is weaker than `%s`", [level, least]) if level in object.keys(levels)

said(level) := sprintf("`%s` is no pod security level", [level]) if {
	level != ""
	not level in object.keys(levels)
}

# The control plane, its proxies and network plugins are privileged by nature.
run_by_the_platform := {"kube-node-lease", "kube-public", "kube-system"}
