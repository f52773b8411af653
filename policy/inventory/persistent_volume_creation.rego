# METADATA
# scope: package
# title: Role that may create PersistentVolumes
# description: >-
#   A PersistentVolume may be of type hostPath, and pod security does not look at volumes behind a claim. Whoever
#   creates volumes therefore mounts any directory of a node, reads the kubelet's credentials there, and writes a
#   file that root runs.
# related_resources:
# - https://kubernetes.io/docs/concepts/security/rbac-good-practices/#persistent-volume-creation
# custom:
#   id: persistent-volume-creation
#   severity: medium
#   default: false
#   remediation: >-
#     Leave the creation of volumes to the storage provisioner and to administrators, and let users make
#     PersistentVolumeClaims against a StorageClass.
package policy.inventory.persistent_volume_creation

import data.policy.lib.rbac

deny contains rbac.violation(grant, "create PersistentVolumes, of any directory of a node,") if {
	some grant in rbac.grants({
		"clusterScoped": true,
		"groups": {""},
		"resources": {"persistentvolumes"},
		"verbs": {"create"},
	})
}
