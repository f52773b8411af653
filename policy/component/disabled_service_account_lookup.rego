# METADATA
# scope: package
# title: Tokens of deleted service accounts stay valid
# description: >-
#   The API server looks at a token's signature only. A token that was stolen stays good after its Secret or its service
#   account has been deleted, so that there is no way to withdraw it.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: disabled-service-account-lookup
#   severity: medium
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Remove `--service-account-lookup`; it is on by default.
package policy.component.disabled_service_account_lookup

import data.policy.lib.component

absent := data.parameters["disabled-service-account-lookup"].absent

deny contains component.finding("service-account-lookup", "deleting a service account does not withdraw its tokens") if {
	component.differs(component.judged("kube-apiserver", "service-account-lookup", absent), true)
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"service-account-lookup"})
