# METADATA
# scope: package
# title: Image without a tag
# description: >-
#   An image without a tag is `latest`: whatever was pushed last. Each new pod pulls what the name means that day, so that
#   whoever can push to the repository, or takes it over, brings code into the cluster without any change being reviewed.
#   Nobody can say afterwards which code ran, and going back to the version before does not bring it back.
# related_resources:
#   - https://kubernetes.io/docs/concepts/containers/images/#image-names
# custom:
#   id: untagged-image
#   severity: low
#   remediation: >-
#     Name the version, best with its digest: `nginx:1.29.1@sha256:…`. Tools such as Renovate keep both up to date.
package policy.pod.untagged_image

import data.policy.lib.image

deny contains violation if {
	some used in image.used
	image.tag(used.reference) == ""
	not image.pinned(used.reference)
	violation := {
		"message": sprintf("%s uses the image `%s` without a tag, which means `latest`", [used.owner, used.reference]),
		"path": used.path,
	}
}
