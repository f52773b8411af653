# METADATA
# scope: package
# title: API server lets objects into namespaces that are going away
# description: >-
#   Objects can be created in namespaces that do not exist or are being deleted, where no quota, network policy or role
#   covers them, and the system namespaces lose their protection against deletion.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#namespacelifecycle
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: disabled-namespace-lifecycle
#   severity: medium
#   kinds: [kube-apiserver]
#   remediation: >-
#     Remove `NamespaceLifecycle` from `--disable-admission-plugins`.
package policy.component.disabled_namespace_lifecycle

import data.policy.lib.admission

deny contains admission.finding("NamespaceLifecycle", "off", "objects escape the rules of their namespace") if admission.disabled("NamespaceLifecycle")

unknown contains problem if some problem in admission.doubts
