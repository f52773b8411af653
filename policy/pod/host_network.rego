# METADATA
# scope: package
# title: Pod shares the network of its node
# description: >-
#   With `hostNetwork: true` the pod has the node's addresses and interfaces. Network policies do not apply to it, services
#   that the node offers on localhost only are within reach, and so is the cloud's metadata service, which hands out the
#   node's own credentials. With `NET_RAW`, which containers have by default, an attacker also listens to the traffic of
#   other pods on the node.
# related_resources:
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
#   - https://kubernetes.io/docs/concepts/services-networking/network-policies/
# custom:
#   id: host-network
#   severity: high
#   remediation: >-
#     Remove `hostNetwork` and publish ports through a Service. Agents of the node that cannot do without it belong in a
#     namespace of their own, with an exception that says why.
package policy.pod.host_network

deny contains violation if {
	input.pod.spec.hostNetwork == true
	violation := {
		"message": "the pod shares the network of its node (`hostNetwork: true`)",
		"path": array.concat(input.pod.spec_path, ["hostNetwork"]),
		"fix": {"op": "remove"},
	}
}
