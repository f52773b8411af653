# METADATA
# scope: package
# title: Kubelet speaks old TLS
# description: >-
#   TLS 1.0 and 1.1 have known weaknesses, and whoever sits between can push connections down to them. Without the field
#   the kubelet starts at 1.2.
# related_resources:
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: weak-kubelet-tls-version
#   severity: medium
#   kinds: [kubelet]
#   remediation: >-
#     Remove `tlsMinVersion` or set it to `VersionTLS12` or `VersionTLS13`.
package policy.component.weak_kubelet_tls_version

import data.policy.lib.component

deny contains component.finding("tlsMinVersion", "connections can be pushed down to a broken version") if {
	component.judged("kubelet", "tlsMinVersion", "default").value in {"VersionTLS10", "VersionTLS11"}
}

unknown contains problem if some problem in component.doubts("kubelet", {"tlsMinVersion"})
