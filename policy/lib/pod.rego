# METADATA
# scope: package
# title: Pods
# description: What several policies of kind `pod` ask of their input.
package policy.lib.pod

# Every security context that is written: the pod's own, and those of its containers.
security_contexts contains context if {
	context := {
		"owner": "the pod",
		"path": array.concat(input.pod.spec_path, ["securityContext"]),
		"spec": input.pod.spec.securityContext,
	}
}

security_contexts contains context if {
	some container in input.pod.containers
	context := {
		"owner": label(container),
		"path": array.concat(container.path, ["securityContext"]),
		"spec": container.spec.securityContext,
	}
}

# The pod says that it runs on Windows, where Linux settings do not exist.
windows if input.pod.spec.os.name == "windows"

# The pod has a user namespace of its own: its root is nobody on the node.
user_namespace if input.pod.spec.hostUsers == false

# Kinds that keep their pods running, in place of running them to their end.
long_running if {
	input.object.kind in {
		"CloneSet",
		"DaemonSet",
		"Deployment",
		"DeploymentConfig",
		"ReplicaSet",
		"ReplicationController",
		"Rollout",
		"StatefulSet",
	}
}

# How a message names a container.
label(container) := sprintf("%s `%s`", [noun[container.type], container.name]) if container.name != ""

label(container) := sprintf("unnamed %s", [noun[container.type]]) if container.name == ""

noun := {"init": "init container", "container": "container", "ephemeral": "ephemeral container"}
