# METADATA
# scope: package
# title: Role with a wildcard
# description: >-
#   A `*` gives what exists today and what will be added tomorrow: new verbs, new subresources such as `pods/exec`,
#   new custom resources. Nobody decided to give those rights, and an attacker who takes over a pod with such a role
#   has them. All verbs on all resources is `cluster-admin` under another name.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege
# custom:
#   id: wildcard-rule
#   severity: medium
#   parameters:
#     customResources:
#       description: >-
#         Report wildcards in rules over custom resources too, whose API groups are not those of Kubernetes.
#       default: false
#   remediation: >-
#     Write out the verbs and resources that are used; the audit log or `kubectl auth can-i --list` names them.
package policy.inventory.wildcard_rule

import data.policy.lib.rbac
import data.policy.lib.value

deny contains {"message": message, "path": array.concat(rule.path, [member, i]), "object": rule.entry.id} if {
	some rule in rbac.rules
	count(rule.resources) > 0
	reported(rule)
	some member, texts in worst(rule)
	some i, text in texts
	text == "*"
	message := sprintf("%s gives %s %s", [rbac.label(rule.entry), gift(rule), rbac.scope(rule.entry)])
}

# The members to report: of a rule with every verb on every resource one is enough.
worst(rule) := {"resources": rule.resources} if {
	rbac.everything(rule)
} else := {"apiGroups": rule.groups, "resources": rule.resources, "verbs": rule.verbs}

gift(rule) := sprintf("every verb on every resource%s", [of_groups(rule)]) if {
	rbac.everything(rule)
} else := sprintf("%s on every resource%s", [value.codes(rule.verbs), of_groups(rule)]) if {
	"*" in rule.resources
} else := sprintf("every verb on %s", [value.codes(rule.resources)]) if {
	"*" in rule.verbs
} else := sprintf("%s on %s of every API group", [value.codes(rule.verbs), value.codes(rule.resources)])

of_groups(rule) := "" if {
	"*" in rule.groups
} else := " of the core API" if {
	rule.groups == [""]
} else := sprintf(" of API groups %s", [value.codes(rule.groups)])

# An operator usually owns the custom resources that it names, and may do with them as it likes.
reported(_) if data.parameters["wildcard-rule"].customResources

reported(rule) if {
	some group in rule.groups
	group in kubernetes_groups
}

# The API groups of Kubernetes itself. Metrics are served by extensions that own them.
kubernetes_groups := {
	"*",
	"",
	"admissionregistration.k8s.io",
	"apiextensions.k8s.io",
	"apiregistration.k8s.io",
	"apps",
	"authentication.k8s.io",
	"authorization.k8s.io",
	"autoscaling",
	"batch",
	"certificates.k8s.io",
	"coordination.k8s.io",
	"discovery.k8s.io",
	"events.k8s.io",
	"extensions",
	"flowcontrol.apiserver.k8s.io",
	"networking.k8s.io",
	"node.k8s.io",
	"policy",
	"rbac.authorization.k8s.io",
	"resource.k8s.io",
	"scheduling.k8s.io",
	"storage.k8s.io",
	"storagemigration.k8s.io",
}
