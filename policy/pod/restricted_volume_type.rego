# METADATA
# scope: package
# title: Volume bypasses the storage API
# description: >-
#   The restricted level of the Pod Security Standards allows volumes that Kubernetes itself fills (such as `configMap` and
#   `emptyDir`) and storage that goes through its API (claims, CSI). The others let the author of a pod mount what they like:
#   an NFS export or a disk of other tenants by its address, a path of the node, or a git repository whose hooks once ran on
#   the node. A volume whose source is not written, or not known, counts as well.
# related_resources:
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
#   - https://kubernetes.io/docs/concepts/storage/persistent-volumes/
# custom:
#   id: restricted-volume-type
#   severity: low
#   default: false
#   remediation: >-
#     Have an administrator offer the storage as a PersistentVolume or a CSI driver, and claim it with a
#     `persistentVolumeClaim`.
package policy.pod.restricted_volume_type

deny contains violation if {
	some i
	volume := input.pod.spec.volumes[i]
	not has_allowed_source(volume)
	some source in refused
	volume[source]
	violation := {
		"message": sprintf("volume `%v` is of type `%s`", [object.get(volume, "name", ""), source]),
		"path": array.concat(input.pod.spec_path, ["volumes", i, source]),
	}
}

deny contains violation if {
	some i
	volume := input.pod.spec.volumes[i]
	not has_allowed_source(volume)
	not has_refused_source(volume)
	name := object.get(input.pod.spec, ["volumes", i, "name"], "")
	violation := {
		"message": sprintf("volume `%v` has no source that Kubernetes knows", [name]),
		"path": array.concat(input.pod.spec_path, ["volumes", i]),
	}
}

has_allowed_source(volume) if {
	some source in allowed
	volume[source]
}

has_refused_source(volume) if {
	some source in refused
	volume[source]
}

allowed := [
	"configMap",
	"csi",
	"downwardAPI",
	"emptyDir",
	"ephemeral",
	"image",
	"persistentVolumeClaim",
	"projected",
	"secret",
]

refused := [
	"awsElasticBlockStore",
	"azureDisk",
	"azureFile",
	"cephfs",
	"cinder",
	"fc",
	"flexVolume",
	"flocker",
	"gcePersistentDisk",
	"gitRepo",
	"glusterfs",
	"hostPath",
	"iscsi",
	"nfs",
	"photonPersistentDisk",
	"portworxVolume",
	"quobyte",
	"rbd",
	"scaleIO",
	"storageos",
	"vsphereVolume",
]
