# METADATA
# scope: package
# title: Images may come from any registry
# description: >-
#   OpenShift pulls images from every registry unless the cluster's image configuration lists those that are allowed.
#   Whoever can create a pod then runs whatever they have published anywhere, past scans and signatures of the
#   organization's own registry.
# related_resources:
#   - https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/images/image-configuration
# custom:
#   id: unrestricted-image-sources
#   severity: medium
#   default: false
#   kinds: [Image]
#   remediation: >-
#     List the registries under `spec.registrySources.allowedRegistries`, those of OpenShift itself (`quay.io`,
#     `registry.redhat.io`) and the internal one among them, and under `spec.allowedRegistriesForImport` those that users
#     may import from.
package policy.object.unrestricted_image_sources

import data.policy.lib.value

deny contains violation if {
	input.object.kind == "Image"
	input.object.apiVersion == "config.openshift.io/v1"
	spec := value.mapping(input.object, "spec")
	value.list(value.mapping(spec, "registrySources"), "allowedRegistries") == []
	value.list(spec, "allowedRegistriesForImport") == []
	violation := {
		"message": "the cluster pulls images from every registry (`allowedRegistries` is not set)",
		"path": ["spec", "registrySources", "allowedRegistries"],
	}
}
