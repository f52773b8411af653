# METADATA
# scope: package
# title: Service account tokens live for a year
# description: >-
#   The API server lets tokens in pods work for a year although they say one hour, to spare clients that never read them
#   again. A stolen token is good for as long.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: extended-service-account-tokens
#   severity: low
#   default: false
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--service-account-extend-token-expiration=false`, after `serviceaccount_stale_tokens_total` has shown that no
#     client needs more.
package policy.component.extended_service_account_tokens

import data.policy.lib.component

absent := data.parameters["extended-service-account-tokens"].absent

deny contains component.finding("service-account-extend-token-expiration", "a stolen token works for up to a year") if {
	component.differs(component.judged("kube-apiserver", "service-account-extend-token-expiration", absent), false)
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"service-account-extend-token-expiration"})
