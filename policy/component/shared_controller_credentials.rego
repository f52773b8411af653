# METADATA
# scope: package
# title: All controllers share one account
# description: >-
#   Without accounts of their own all controllers act with the rights of the controller manager, which are those of all
#   of them together. A flaw in one controller is then as bad as one in every other, and the audit log cannot tell them
#   apart.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/rbac/#controller-roles
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/
# custom:
#   id: shared-controller-credentials
#   severity: medium
#   kinds: [kube-controller-manager]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--use-service-account-credentials=true`.
package policy.component.shared_controller_credentials

import data.policy.lib.component

absent := data.parameters["shared-controller-credentials"].absent

deny contains component.finding("use-service-account-credentials", "each controller has the rights of all of them") if {
	component.differs(component.judged("kube-controller-manager", "use-service-account-credentials", absent), true)
}

unknown contains problem if some problem in component.doubts("kube-controller-manager", {"use-service-account-credentials"})
