# METADATA
# scope: package
# title: Container takes a privileged port of the node
# description: >-
#   Ports below 1024 belong to the services of the node: SSH, DNS, the mail server. A container that takes one answers in
#   their place, receives what clients meant for the node, and keeps a service of the node that starts later from working.
#   On the network of the node (`hostNetwork`) every container port is a port of the node.
# related_resources:
#   - https://kubernetes.io/docs/concepts/services-networking/service/
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: privileged-host-port
#   severity: medium
#   default: false
#   remediation: >-
#     Remove `hostPort` and publish the port through a Service. A program that must listen on the node takes a port from
#     1024 on.
package policy.pod.privileged_host_port

import data.policy.lib.pod

deny contains violation if {
	some container in input.pod.containers
	some i
	port := container.spec.ports[i]
	some member in members(port)
	port[member] > 0
	port[member] < 1024
	violation := {
		"message": sprintf("%s takes port %v of the node, which is privileged", [pod.label(container), port[member]]),
		"path": array.concat(container.path, ["ports", i, member]),
	}
}

# The API server takes the container port for the host port where the pod is on the network of the node.
members(port) := {"hostPort"} if {
	port.hostPort
} else := {"containerPort"} if {
	input.pod.spec.hostNetwork == true
} else := set()
