# METADATA
# scope: package
# title: API server listens without TLS on an address of its own
# description: >-
#   The insecure port asks nobody for credentials and grants everything. An address written for it is mostly one that
#   others reach. Kubernetes removed the flag in version 1.24.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/controlling-access/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: insecure-bind-address
#   severity: high
#   kinds: [kube-apiserver]
#   remediation: >-
#     Remove `--insecure-bind-address`.
package policy.component.insecure_bind_address

import data.policy.lib.component

deny contains component.finding("insecure-bind-address", "whoever reaches that address rules the cluster") if {
	component.runs("kube-apiserver")
	component.known("insecure-bind-address")
	component.written("insecure-bind-address")
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"insecure-bind-address"})
