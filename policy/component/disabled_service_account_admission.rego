# METADATA
# scope: package
# title: API server does not assign service accounts
# description: >-
#   Pods get no service account of their own and no short-lived token. Workloads that need the API are then given
#   long-lived credentials by hand, and limits on which accounts a pod may use are not enforced.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#serviceaccount
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: disabled-service-account-admission
#   severity: high
#   kinds: [kube-apiserver]
#   remediation: >-
#     Remove `ServiceAccount` from `--disable-admission-plugins`.
package policy.component.disabled_service_account_admission

import data.policy.lib.admission

deny contains admission.finding("ServiceAccount", "off", "pods run without an account of their own") if admission.disabled("ServiceAccount")

unknown contains problem if some problem in admission.doubts
