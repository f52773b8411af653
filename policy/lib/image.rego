# METADATA
# scope: package
# title: Images
# description: The images that a pod uses, and the parts of a reference to one.
# related_resources:
#   - https://kubernetes.io/docs/concepts/containers/images/#image-names
package policy.lib.image

import data.policy.lib.pod

# Every image that a container runs or a volume brings. A reference that is still to be filled in, by a workflow or a build
# tool, has characters that no reference has; nothing is known of it.
used contains image if {
	some container in input.pod.containers
	reference := container.spec.image
	is_reference(reference)
	image := {
		"owner": pod.label(container),
		"reference": reference,
		"path": array.concat(container.path, ["image"]),
	}
}

used contains image if {
	some i
	volume := input.pod.spec.volumes[i]
	reference := object.get(volume, ["image", "reference"], "")
	is_reference(reference)
	image := {
		"owner": sprintf("volume `%v`", [object.get(volume, "name", "")]),
		"reference": reference,
		"path": array.concat(input.pod.spec_path, ["volumes", i, "image", "reference"]),
	}
}

# `1.2` in `localhost:5000/shop/web:1.2@sha256:…`, "" without one.
tag(reference) := text if {
	[_, text] := split(last_part(reference), ":")
} else := ""

# Whether the reference names one image for ever.
pinned(reference) if contains(reference, "@sha256:")

pinned(reference) if contains(reference, "@sha512:")

# The reference as the runtime completes it: `nginx` is `docker.io/library/nginx`.
full(reference) := reference if {
	parts := split(reference, "/")
	count(parts) > 1
	names_registry(parts[0])
} else := sprintf("docker.io/%s", [reference]) if {
	contains(reference, "/")
} else := sprintf("docker.io/library/%s", [reference])

names_registry(part) if regex.match(`[.:]|^localhost$`, part)

last_part(reference) := parts[count(parts) - 1] if {
	parts := split(split(reference, "@")[0], "/")
}

is_reference(text) if {
	text != ""
	trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/:@-") == ""
	not contains(text, "://")
}
