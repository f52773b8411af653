# METADATA
# scope: package
# title: Image without a digest
# description: >-
#   A tag can be moved to other code at any time, and a registry that was broken into, or a mirror on the way, answers with
#   what it likes. A digest is a hash of the image: the node refuses everything else. Signatures and scans hold for a digest
#   too, never for a tag.
# related_resources:
#   - https://kubernetes.io/docs/concepts/containers/images/#image-names
# custom:
#   id: undigested-image
#   severity: low
#   default: false
#   remediation: >-
#     Add the digest behind the tag: `nginx:1.29.1@sha256:…`. Tools such as Renovate write and update it, and so can an
#     admission controller.
package policy.pod.undigested_image

import data.policy.lib.image

deny contains violation if {
	some used in image.used
	not image.pinned(used.reference)
	violation := {
		"message": sprintf("%s uses the image `%s` without a digest", [used.owner, used.reference]),
		"path": used.path,
	}
}
