# METADATA
# scope: package
# title: Audit policy misses what an investigation needs
# description: >-
#   Intruders read secrets, run commands in pods and create pods of their own. A policy that does not record these
#   leaves no trace of them. One that records the bodies of requests for secrets, configuration and tokens copies the
#   secrets themselves into the log, where others read them.
# related_resources:
# - https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: weak-audit-policy
#   severity: medium
#   default: false
#   kinds: [kube-apiserver]
#   remediation: >-
#     Record at least metadata of requests for secrets, configmaps and token reviews, of `exec`, `attach`, `portforward`
#     and `proxy`, and of changes to pods and deployments. Keep bodies of secrets, configmaps and tokens out: put a rule
#     of level `Metadata` for them before every rule with `Request` or `RequestResponse`.
package policy.component.weak_audit_policy

import data.policy.lib.audit
import data.policy.lib.component

# What leaves no trace has to be recorded: resources by group, with the requests that matter.
recorded contains {"group": "", "resource": resource, "subresource": "", "verb": verb} if {
	some resource in {"configmaps", "secrets"}
	some verb in {"create", "delete", "get", "list", "patch", "update", "watch"}
}

recorded contains {"group": "authentication.k8s.io", "resource": "tokenreviews", "subresource": "", "verb": "create"}

# Streams begin with GET over WebSocket and with POST over SPDY.
recorded contains {"group": "", "resource": "pods", "subresource": subresource, "verb": verb} if {
	some subresource in {"attach", "exec", "portforward", "proxy"}
	some verb in {"create", "get"}
}

recorded contains {"group": "", "resource": "services", "subresource": "proxy", "verb": verb} if {
	some verb in {"create", "get"}
}

recorded contains {"group": group, "resource": resource, "subresource": "", "verb": verb} if {
	some resource, group in {"pods": "", "deployments": "apps"}
	some verb in {"create", "delete", "patch", "update"}
}

# Requests whose bodies hold secrets.
secret contains request if {
	some request in recorded
	request.resource in {"configmaps", "secrets", "tokenreviews"}
}

secret contains {"group": "", "resource": "serviceaccounts", "subresource": "token", "verb": "create"}

audit_policy := component.file("audit-policy-file") if component.runs("kube-apiserver")

deny contains component.finding("audit-policy-file", "no request is recorded") if {
	component.runs("kube-apiserver")
	component.known("audit-policy-file")
	not component.names_file("audit-policy-file")
}

deny contains {"message": message, "path": ["files", "audit-policy-file", "rules"]} if {
	missing := {text |
		some request in recorded
		audit.level(audit_policy, request) == "None"
		text := sprintf("%s of `%s`", [request.verb, audit.name(request)])
	}
	count(missing) > 0
	message := sprintf("the audit policy does not record %s", [summary(missing)])
}

deny contains {"message": message, "path": ["files", "audit-policy-file", "rules", i]} if {
	some i, _ in audit_policy.rules
	leaks := {text |
		some request in secret
		i in audit.body_rules(audit_policy, request)
		text := sprintf("%s of `%s`", [request.verb, audit.name(request)])
	}
	count(leaks) > 0
	message := sprintf("the rule copies secrets into the log: it records bodies for %s", [summary(leaks)])
}

unknown contains problem if some problem in component.file_doubts("kube-apiserver", "audit-policy-file")

summary(texts) := concat(", ", sort(texts)) if count(texts) < 5

summary(texts) := sprintf("%s and %d more", [concat(", ", array.slice(sort(texts), 0, 3)), count(texts) - 3]) if {
	count(texts) > 4
}
