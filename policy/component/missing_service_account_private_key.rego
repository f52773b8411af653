# METADATA
# scope: package
# title: Controller manager has no key for tokens
# description: >-
#   Without a key of its own the controller manager signs no service account tokens, and what signs them in its place is
#   mostly the TLS key of another component.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/
# custom:
#   id: missing-service-account-private-key
#   severity: low
#   kinds: [kube-controller-manager]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--service-account-private-key-file`.
package policy.component.missing_service_account_private_key

import data.policy.lib.component

absent := data.parameters["missing-service-account-private-key"].absent

deny contains component.finding("service-account-private-key-file", "service account tokens are not signed with a key of their own") if {
	component.empty(component.judged("kube-controller-manager", "service-account-private-key-file", absent))
}

unknown contains problem if some problem in component.doubts("kube-controller-manager", {"service-account-private-key-file"})
