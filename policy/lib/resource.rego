# METADATA
# scope: package
# title: Resources
# description: What containers say of the processor and memory that they use.
# related_resources:
#   - https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
package policy.lib.resource

import data.policy.lib.pod

# A violation for each container without an entry in `limits` or `requests`. Ephemeral containers may not have any.
missing(section, name) := {violation |
	some container in input.pod.containers
	container.type != "ephemeral"
	not given(container.spec, section, name)
	not given(input.pod.spec, section, name)
	violation := {
		"message": sprintf("%s has no %s %s", [pod.label(container), name, trim_suffix(section, "s")]),
		"path": array.concat(container.path, ["resources", section, name]),
	}
}

# By the container, or by its pod for all of them together.
given(holder, section, name) if holder.resources[section][name]

# The API server takes the limit where no request is written.
given(holder, "requests", name) if holder.resources.limits[name]
