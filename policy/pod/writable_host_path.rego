# METADATA
# scope: package
# title: Path of the node is mounted for writing
# description: >-
#   What a container writes to the node outlives it and acts outside of it: a line in a cron table or in the authorized
#   keys, a static pod in the kubelet's manifests, a library that the next program loads. Most agents that need files of the
#   node only read them. This control is for repositories that allow paths of the node as such (`host-path-volume`).
# related_resources:
#   - https://kubernetes.io/docs/concepts/storage/volumes/#hostpath
# custom:
#   id: writable-host-path
#   severity: medium
#   default: false
#   remediation: >-
#     Set `readOnly: true` on the mount, or mount the narrowest directory that the program writes to.
package policy.pod.writable_host_path

import data.policy.lib.pod

# A socket answers whatever the mount says.
deny contains violation if {
	some i
	volume := input.pod.spec.volumes[i]
	path := object.get(volume.hostPath, "path", "")
	not endswith(path, ".sock")
	some container in input.pod.containers
	some j
	mount := container.spec.volumeMounts[j]
	mount.name == volume.name
	object.get(mount, "readOnly", false) == false
	violation := {
		"message": sprintf("%s may write to the path `%s` of the node", [pod.label(container), path]),
		"path": array.concat(container.path, ["volumeMounts", j, "readOnly"]),
		"related": [{
			"message": "the volume is a path of the node",
			"path": array.concat(input.pod.spec_path, ["volumes", i, "hostPath"]),
		}],
	}
}
