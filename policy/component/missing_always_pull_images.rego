# METADATA
# scope: package
# title: Pods may use images that others pulled
# description: >-
#   An image that lies on a node can be started by every pod there, also by one whose owner has no password for its
#   registry. The plugin makes the kubelet ask the registry each time.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#alwayspullimages
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: missing-always-pull-images
#   severity: low
#   default: false
#   kinds: [kube-apiserver]
#   remediation: >-
#     Add `AlwaysPullImages` to `--enable-admission-plugins`, and make sure that the registry is always reachable.
package policy.component.missing_always_pull_images

import data.policy.lib.admission

deny contains admission.finding("AlwaysPullImages", "off", "pods start private images without a password for them") if admission.disabled("AlwaysPullImages")

unknown contains problem if some problem in admission.doubts
