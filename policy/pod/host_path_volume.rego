# METADATA
# scope: package
# title: Volume is a path of the node
# description: >-
#   A `hostPath` volume puts files of the node into the pod. Many paths are as good as root on the node: the socket of the
#   container runtime, `/etc`, the kubelet's directory with the tokens and secrets of all pods, a log directory in which a
#   symbolic link makes the kubelet read any file. `readOnly` hinders neither reading secrets nor talking to a socket.
# related_resources:
#   - https://kubernetes.io/docs/concepts/storage/volumes/#hostpath
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: host-path-volume
#   severity: high
#   remediation: >-
#     Use a PersistentVolumeClaim, an `emptyDir`, a `local` PersistentVolume or a CSI driver. Agents that have to read the
#     node's files belong in a namespace of their own, with the narrowest path and an exception that says why.
#   parameters:
#     allowedHostPaths:
#       description: >-
#         Paths that a pod may mount with all that is below them, each `{pathPrefix: /var/log, readOnly: true}`; with
#         `readOnly` every mount of the volume has to be read-only.
#       default: []
package policy.pod.host_path_volume

deny contains violation if {
	some i
	volume := input.pod.spec.volumes[i]
	path := object.get(volume.hostPath, "path", "")
	not allowed(volume, path)
	violation := {
		"message": sprintf("volume `%v` is the path `%v` of the node", [object.get(volume, "name", ""), path]),
		"path": array.concat(input.pod.spec_path, ["volumes", i, "hostPath", "path"]),
	}
}

allowed(volume, path) if {
	some allowance in data.parameters["host-path-volume"].allowedHostPaths
	below(path, allowance.pathPrefix)
	permits(allowance, volume)
}

# `/var/log` stands for itself and `/var/log/pods`, and not for `/var/logs`.
below(path, prefix) if {
	not ".." in split(path, "/")
	startswith(slashed(path), slashed(prefix))
}

slashed(path) := sprintf("%s/", [trim_right(path, "/")])

permits(allowance, _) if object.get(allowance, "readOnly", false) == false

permits(allowance, volume) if {
	allowance.readOnly == true
	not written_to(volume)
}

written_to(volume) if {
	some container in input.pod.containers
	some i
	mount := container.spec.volumeMounts[i]
	mount.name == volume.name
	object.get(mount, "readOnly", false) == false
}
