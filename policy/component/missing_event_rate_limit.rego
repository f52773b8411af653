# METADATA
# scope: package
# title: API server does not limit events
# description: >-
#   Whoever may create events, as every kubelet and many controllers may, can send them faster than etcd stores them,
#   until the control plane no longer answers.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#eventratelimit
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: missing-event-rate-limit
#   severity: low
#   default: false
#   kinds: [kube-apiserver]
#   remediation: >-
#     Add `EventRateLimit` to `--enable-admission-plugins` and its limits to the file of
#     `--admission-control-config-file`.
package policy.component.missing_event_rate_limit

import data.policy.lib.admission

deny contains admission.finding("EventRateLimit", "off", "one client can flood the control plane with events") if admission.disabled("EventRateLimit")

unknown contains problem if some problem in admission.doubts
