# METADATA
# scope: package
# title: Probe or lifecycle hook names a host
# description: >-
#   The kubelet sends probes and lifecycle hooks, from the node's network. A `host` in them directs these requests away
#   from the pod: to services on the node's localhost, to the cloud's metadata service, to machines behind a firewall that
#   trusts the node. Whoever may create pods learns from success and failure what answers there, and triggers whatever a
#   GET request triggers, again and again.
# related_resources:
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
#   - https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
# custom:
#   id: host-probe
#   severity: medium
#   remediation: >-
#     Remove `host`: the pod's own address is the default. For another virtual host set the `Host` header in `httpHeaders`;
#     for a server that listens on localhost only, use an `exec` probe.
package policy.pod.host_probe

import data.policy.lib.pod

deny contains violation if {
	some container in input.pod.containers
	some handler in handlers
	actions := object.get(container.spec, handler, null)
	actions != null
	some action in ["httpGet", "tcpSocket"]
	host := actions[action].host
	host != ""
	violation := {
		"message": sprintf("%s sends its `%s` to the host `%v`", [pod.label(container), concat(".", handler), host]),
		"path": array.concat(container.path, array.concat(handler, [action, "host"])),
	}
}

handlers := [
	["livenessProbe"],
	["readinessProbe"],
	["startupProbe"],
	["lifecycle", "postStart"],
	["lifecycle", "preStop"],
]
