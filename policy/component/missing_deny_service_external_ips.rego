# METADATA
# scope: package
# title: Services may take any address
# description: >-
#   Whoever may create Services can name any address in `externalIPs` and gets the traffic that pods send there
#   (CVE-2020-8554).
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#denyserviceexternalips
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: missing-deny-service-external-ips
#   severity: low
#   default: false
#   kinds: [kube-apiserver]
#   remediation: >-
#     Add `DenyServiceExternalIPs` to `--enable-admission-plugins`, unless Services with external IPs are in use.
package policy.component.missing_deny_service_external_ips

import data.policy.lib.admission

deny contains admission.finding("DenyServiceExternalIPs", "off", "a Service can take over the traffic to any address") if admission.disabled("DenyServiceExternalIPs")

unknown contains problem if some problem in admission.doubts
