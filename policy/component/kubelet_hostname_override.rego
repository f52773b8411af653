# METADATA
# scope: package
# title: Kubelet takes another name
# description: >-
#   Certificates, roles and logs are tied to the name of a node. A name that is written by hand may be that of another
#   node, whose rights the kubelet then takes over.
# related_resources:
# - https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
# custom:
#   id: kubelet-hostname-override
#   severity: low
#   default: false
#   kinds: [kubelet]
#   remediation: >-
#     Remove `--hostname-override`; where the cloud or the installer needs it, skip this control.
package policy.component.kubelet_hostname_override

import data.policy.lib.component

deny contains component.finding("hostname-override", "its name is not that of its host") if {
	component.judged("kubelet", "hostname-override", "pass").value != ""
}

unknown contains problem if some problem in component.doubts("kubelet", {"hostname-override"})
