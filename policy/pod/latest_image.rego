# METADATA
# scope: package
# title: Image with a tag that moves
# description: >-
#   `latest` is whatever was pushed last. Each new pod pulls what the tag means that day, so that whoever can push to the
#   repository, or takes it over, brings code into the cluster without any change being reviewed. Nobody can say afterwards
#   which code ran, and going back to the version before does not bring it back. A digest beside the tag settles it.
# related_resources:
#   - https://kubernetes.io/docs/concepts/containers/images/#image-names
# custom:
#   id: latest-image
#   severity: low
#   remediation: >-
#     Name the version, best with its digest: `nginx:1.29.1@sha256:…`. Tools such as Renovate keep both up to date.
#   parameters:
#     tags:
#       description: >-
#         Tags that move, such as `latest`, `main` or `stable`.
#       default: [latest]
package policy.pod.latest_image

import data.policy.lib.image

deny contains violation if {
	some used in image.used
	tag := image.tag(used.reference)
	tag in data.parameters["latest-image"].tags
	not image.pinned(used.reference)
	violation := {
		"message": sprintf("%s uses the image `%s`, whose tag `%s` moves", [used.owner, used.reference, tag]),
		"path": used.path,
	}
}
