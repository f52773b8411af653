# METADATA
# scope: package
# title: Image from a registry that is not on the list
# description: >-
#   Anybody can publish an image, under a name that looks like a known one. Images from registries that the organization has
#   chosen are scanned, signed and under its control; a misspelt name, or a public image that somebody found useful, goes
#   past all that, and its author runs code in the cluster. Silent as long as no registry is listed.
# related_resources:
#   - https://kubernetes.io/docs/concepts/containers/images/
#   - https://open-policy-agent.github.io/gatekeeper-library/website/validation/allowedrepos
# custom:
#   id: unlisted-registry
#   severity: medium
#   remediation: >-
#     Mirror the image into a registry of the list and use it from there, or add its repository to `registries`.
#   parameters:
#     registries:
#       description: >-
#         Beginnings of the images that may be used, such as `ghcr.io/shop/`. One counts up to the end of a part of the
#         name, so that `ghcr.io` does not allow `ghcr.io.example.com/web`; a `*` at its end lifts that.
#         `docker.io/library/` stands for the short names of Docker Hub.
#       default: []
package policy.pod.unlisted_registry

import data.policy.lib.image

deny contains violation if {
	count(registries) > 0
	some used in image.used
	not listed(used.reference)
	violation := {
		"message": sprintf("%s uses the image `%s`, which is from no registry of the list", [used.owner, used.reference]),
		"path": used.path,
	}
}

registries := data.parameters["unlisted-registry"].registries

listed(reference) if {
	some name in {reference, image.full(reference)}
	some registry in registries
	matches(name, registry)
}

matches(name, registry) if {
	endswith(registry, "*")
	startswith(name, trim_suffix(registry, "*"))
}

# What follows the beginning belongs to another part of the name.
matches(name, registry) if {
	startswith(name, registry)
	regex.match(`[/:@]$`, registry)
}

matches(name, registry) if {
	startswith(name, registry)
	regex.match(`^[/:@]|^$`, trim_prefix(name, registry))
}
