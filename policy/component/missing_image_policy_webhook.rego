# METADATA
# scope: package
# title: Nothing checks where images come from (ImagePolicyWebhook)
# description: >-
#   A pod may run any image of any registry. An attacker who can create pods brings tools of their own, and a mistyped
#   name runs a stranger's program. Other admission webhooks can do the same work.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#imagepolicywebhook
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: missing-image-policy-webhook
#   severity: info
#   default: false
#   kinds: [kube-apiserver]
#   remediation: >-
#     Enable `ImagePolicyWebhook` with its configuration, or check images in another admission webhook and skip this
#     control.
package policy.component.missing_image_policy_webhook

import data.policy.lib.admission

deny contains admission.finding("ImagePolicyWebhook", "off", "pods run images from anywhere") if admission.disabled("ImagePolicyWebhook")

unknown contains problem if some problem in admission.doubts
