# METADATA
# scope: package
# title: Role that may approve certificate signing requests
# description: >-
#   The certificates API signs client certificates that the API server trusts. Whoever may approve requests, and may
#   do so for the signer of client certificates, gets one for a name of their choice, a node or a controller among
#   them, that lives on after the role is taken away, because certificates are not revoked.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/rbac-good-practices/#csrs-and-certificate-issuing
# - https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#authorization
# custom:
#   id: csr-approval
#   severity: high
#   remediation: >-
#     Leave approval to the controller manager. An approver for serving certificates gets the verb `approve` on
#     `signers` with `kubernetes.io/kubelet-serving`, or a signer of its own, in `resourceNames`, and nothing else.
package policy.inventory.csr_approval

import data.policy.lib.rbac

deny contains rbac.violation(grant, "approve client certificates") if {
	some grant in rbac.grants({
		"clusterScoped": true,
		"groups": {"certificates.k8s.io"},
		"resources": {"certificatesigningrequests/approval", "*/approval"},
		"verbs": {"update", "patch"},
	})
	not limited_to_harmless_signers(grant.rule.entry)
}

# Approval needs the verb `approve` on the signer as well: a role that names its signers has no others. It is judged by
# itself, as the rest may be in a role that is in no file.
limited_to_harmless_signers(role) if {
	signers := [rule |
		some rule in rbac.written_rules(role)
		some resource in rule.resources
		resource in {"signers", "*"}
		some verb in rule.verbs
		verb in {"approve", "*"}
	]
	count(signers) > 0
	every rule in signers {
		count(rule.names) > 0
		count({name | some name in rule.names; trusted_for_clients(name)}) == 0
	}
}

trusted_for_clients(name) if {
	name in {
		"kubernetes.io/*",
		"kubernetes.io/kube-apiserver-client",
		"kubernetes.io/kube-apiserver-client-kubelet",
		"kubernetes.io/legacy-unknown",
	}
}
