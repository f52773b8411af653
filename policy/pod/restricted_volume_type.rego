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
#   parameters:
#     volumes:
#       description: >-
#         Types of volumes that a pod may have; `*` stands for all. The default is what the restricted level allows.
#       default:
#         - configMap
#         - csi
#         - downwardAPI
#         - emptyDir
#         - ephemeral
#         - image
#         - persistentVolumeClaim
#         - projected
#         - secret
package policy.pod.restricted_volume_type

deny contains violation if {
	not "*" in allowed
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
	not "*" in allowed
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

allowed := data.parameters["restricted-volume-type"].volumes

refused := [source | some source in sources; not source in allowed]

# Every member of a volume that is a source, in k8s.io/api/core/v1.
sources := [
	"awsElasticBlockStore",
	"azureDisk",
	"azureFile",
	"cephfs",
	"cinder",
	"configMap",
	"csi",
	"downwardAPI",
	"emptyDir",
	"ephemeral",
	"fc",
	"flexVolume",
	"flocker",
	"gcePersistentDisk",
	"gitRepo",
	"glusterfs",
	"hostPath",
	"image",
	"iscsi",
	"nfs",
	"persistentVolumeClaim",
	"photonPersistentDisk",
	"portworxVolume",
	"projected",
	"quobyte",
	"rbd",
	"scaleIO",
	"secret",
	"storageos",
	"vsphereVolume",
]
