# METADATA
# scope: package
# title: Pod security policies are not enforced (before Kubernetes 1.25)
# description: >-
#   Pod security policies exist as objects whether or not anything enforces them. Without the plugin whoever may create
#   a pod may make it root of its node. The plugin is gone from current versions, where PodSecurity does its work.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#podsecuritypolicy
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: missing-pod-security-policy
#   severity: medium
#   default: false
#   kinds: [kube-apiserver]
#   remediation: >-
#     Add `PodSecurityPolicy` to `--enable-admission-plugins`; on current versions use PodSecurity.
package policy.component.missing_pod_security_policy

import data.policy.lib.admission

deny contains admission.finding("PodSecurityPolicy", "off", "pods may ask for any privilege") if admission.disabled("PodSecurityPolicy")

unknown contains problem if some problem in admission.doubts
