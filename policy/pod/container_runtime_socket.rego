# METADATA
# scope: package
# title: Socket of the container runtime is mounted
# description: >-
#   Whoever can talk to the socket of Docker, containerd or CRI-O starts any container they like: a privileged one with the
#   node's disk, in one command. That is the node, and with it the credentials of every pod that runs there. `readOnly`
#   changes nothing, because connecting to a socket is no write.
# related_resources:
#   - https://kubernetes.io/docs/concepts/storage/volumes/#hostpath
#   - https://kubernetes.io/docs/setup/production-environment/container-runtimes/
# custom:
#   id: container-runtime-socket
#   severity: critical
#   remediation: >-
#     Remove the volume. Images are built without a socket by BuildKit (rootless) or Buildah, and metrics of containers come
#     from the kubelet. A node agent that cannot do without it belongs in a namespace of its own, with an exception that
#     says why.
package policy.pod.container_runtime_socket

deny contains violation if {
	some i
	volume := input.pod.spec.volumes[i]
	path := volume.hostPath.path
	leads_to_socket(path)
	violation := {
		"message": sprintf("volume `%v` gives access to the container runtime of the node: `%s`", [object.get(volume, "name", ""), path]),
		"path": array.concat(input.pod.spec_path, ["volumes", i, "hostPath", "path"]),
	}
}

leads_to_socket(path) if regex.match(`/(docker|containerd|crio|cri-dockerd|dockershim|podman)\.sock$`, path)

leads_to_socket(path) if trim_suffix(path, "/") in directories

# Where the sockets are; `/var/run` is a link to `/run`.
directories := {concat("", [start, directory]) |
	some start in ["/run", "/var/run"]
	some directory in ["", "/containerd", "/crio", "/docker/containerd", "/k3s/containerd", "/podman"]
}
