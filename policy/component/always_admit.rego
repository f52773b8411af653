# METADATA
# scope: package
# title: API server admits everything
# description: >-
#   The plugin lets every request through. It takes the place that a check should have, and it is deprecated because it
#   does nothing else.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#alwaysadmit
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: always-admit
#   severity: high
#   kinds: [kube-apiserver]
#   remediation: >-
#     Remove `AlwaysAdmit` from `--enable-admission-plugins`.
package policy.component.always_admit

import data.policy.lib.admission

deny contains admission.finding("AlwaysAdmit", "on", "requests are let through in place of being checked") if admission.enabled("AlwaysAdmit")

unknown contains problem if some problem in admission.doubts
