# METADATA
# scope: package
# title: Secrets are written with a weak provider
# description: >-
#   The first provider of the entry for secrets writes them. With `identity` in the first place they are stored in plain
#   text although an encryption configuration is there; `aesgcm` with a fixed key breaks once nonces repeat.
# related_resources:
# - https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: weak-encryption-provider
#   severity: high
#   default: false
#   kinds: [kube-apiserver]
#   parameters:
#     providers:
#       description: >-
#         The providers that may write secrets.
#       default: ["aescbc", "kms", "secretbox"]
#   remediation: >-
#     Put `kms`, `secretbox` or `aescbc` first in the entry for `secrets`, and `identity` last. Then write all secrets
#     anew.
package policy.component.weak_encryption_provider

import data.policy.lib.component

flag := "encryption-provider-config"

config := component.file(flag) if component.runs("kube-apiserver")

# An exact name goes before the wildcard of its group, and that before the wildcard of all.
entry := min({i |
	some i, candidate in config.resources
	some name in candidate.resources
	name in best
})

named := {name | some candidate in config.resources; some name in candidate.resources}

best := {"secrets", "secrets."} if {
	count({"secrets", "secrets."} & named) > 0
} else := {"*."} if {
	"*." in named
} else := {"*.*"}

deny contains component.finding(flag, "secrets are stored in plain text") if {
	component.runs("kube-apiserver")
	component.known(flag)
	not component.names_file(flag)
}

deny contains {"message": message, "path": ["files", flag, "resources", entry, "providers", 0]} if {
	kind := config.resources[entry].providers[0].kind
	not kind in data.parameters["weak-encryption-provider"].providers
	message := sprintf("secrets are written by the provider `%s`", [kind])
}

deny contains {"message": message, "path": ["files", flag, "resources"]} if {
	is_array(config.resources)
	not entry
	message := "no entry of the encryption configuration is for secrets, so that they are stored in plain text"
}

unknown contains problem if some problem in component.file_doubts("kube-apiserver", flag)
