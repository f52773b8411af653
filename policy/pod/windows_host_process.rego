# METADATA
# scope: package
# title: Windows container runs as a process of its node
# description: >-
#   A HostProcess container is no container: its processes run on the Windows node itself, with the node's files, network
#   and services, under an account like `NT AUTHORITY\SYSTEM`. It is to Windows what a privileged container is to Linux.
#   Whoever runs code in it has the node and the credentials of every pod on it.
# related_resources:
#   - https://kubernetes.io/docs/tasks/configure-pod-container/create-hostprocess-pod/
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: windows-host-process
#   severity: critical
#   remediation: >-
#     Remove `hostProcess` and run an ordinary Windows container. Agents that manage the node belong in a namespace of their
#     own, with an exception that says why.
package policy.pod.windows_host_process

import data.policy.lib.pod

deny contains violation if {
	some context in pod.security_contexts
	context.spec.windowsOptions.hostProcess == true
	violation := {
		"message": sprintf("%s runs as a process of the Windows node (`hostProcess: true`)", [context.owner]),
		"path": array.concat(context.path, ["windowsOptions", "hostProcess"]),
		"fix": {"op": "set", "value": false},
	}
}
