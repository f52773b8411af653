# METADATA
# scope: package
# title: Nothing denies privileged security contexts (before Kubernetes 1.25)
# description: >-
#   Neither pod security policies nor the plugin SecurityContextDeny look at what pods ask for, so that whoever may
#   create a pod may make it root of its node. Both plugins are gone from current versions, where PodSecurity does their
#   work.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: missing-security-context-deny
#   severity: low
#   default: false
#   kinds: [kube-apiserver]
#   remediation: >-
#     Enable `PodSecurityPolicy`, or `SecurityContextDeny` where that does not exist; on current versions use
#     PodSecurity.
package policy.component.missing_security_context_deny

import data.policy.lib.admission

deny contains admission.finding("SecurityContextDeny", "off", "pods may ask for any privilege") if {
	admission.disabled("SecurityContextDeny")
	admission.disabled("PodSecurityPolicy")
}

unknown contains problem if some problem in admission.doubts
