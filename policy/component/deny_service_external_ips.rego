# METADATA
# scope: package
# title: Services may not have external IPs
# description: >-
#   Older benchmarks ask that the plugin is off, newer ones that it is on: it protects against Services that take over
#   traffic (CVE-2020-8554) and breaks those that need external IPs.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#denyserviceexternalips
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: deny-service-external-ips
#   severity: info
#   default: false
#   kinds: [kube-apiserver]
#   remediation: >-
#     Remove `DenyServiceExternalIPs` from `--enable-admission-plugins` where a benchmark before CIS 1.7 has to be met.
package policy.component.deny_service_external_ips

import data.policy.lib.admission

deny contains admission.finding("DenyServiceExternalIPs", "on", "Services with external IPs are refused") if admission.enabled("DenyServiceExternalIPs")

unknown contains problem if some problem in admission.doubts
