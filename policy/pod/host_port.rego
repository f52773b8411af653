# METADATA
# scope: package
# title: Container port is opened on the node
# description: >-
#   A `hostPort` is reachable at the address of every node that runs the pod, past Services and Ingresses and, with some
#   network plugins, past network policies. A program that was meant for the cluster is offered to the node's network,
#   which may be the internet, and a taken-over pod can receive traffic that clients meant for the node.
# related_resources:
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
#   - https://kubernetes.io/docs/concepts/services-networking/service/
# custom:
#   id: host-port
#   severity: medium
#   remediation: >-
#     Remove `hostPort` and publish the port through a Service, of type NodePort or LoadBalancer where clients are outside.
#   parameters:
#     min:
#       description: >-
#         The lowest port of the node that a container may open.
#       default: 0
#     max:
#       description: >-
#         The highest one. From 0 to 0 there is none.
#       default: 0
package policy.pod.host_port

import data.policy.lib.pod

deny contains violation if {
	some container in input.pod.containers
	some i
	host_port := container.spec.ports[i].hostPort
	host_port != 0
	not allowed(host_port)
	violation := {
		"message": sprintf("%s opens port %v of the node", [pod.label(container), host_port]),
		"path": array.concat(container.path, ["ports", i, "hostPort"]),
		"fix": {"op": "remove"},
	}
}

allowed(host_port) if {
	host_port >= data.parameters["host-port"].min
	host_port <= data.parameters["host-port"].max
}
