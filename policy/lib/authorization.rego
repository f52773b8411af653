# METADATA
# scope: package
# title: Authorization
# description: Which authorizers the API server asks.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/authorization/
package policy.lib.authorization

import data.policy.lib.component

# The authorizers in order. The file of `--authorization-config` replaces the flag; neither means AlwaysAllow.
modes := [authorizer.type | some authorizer in component.file("authorization-config").authorizers] if {
	component.runs("kube-apiserver")
	is_array(component.file("authorization-config").authorizers)
} else := ["AlwaysAllow"] if {
	no_file
	component.value("authorization-mode") in {null, []}
} else := component.value("authorization-mode") if {
	no_file
}

# The authorizers are known, and this one is not among them.
lacks(mode) if {
	is_array(modes)
	not mode in modes
}

# A violation at the place that lists the authorizers.
finding(consequence) := {
	"message": sprintf("the API server authorizes by `%s`, so that %s", [concat(",", modes), consequence]),
	"path": path,
}

doubts := component.file_doubts("kube-apiserver", "authorization-config") | {problem |
	not component.names_file("authorization-config")
	some problem in component.doubts("kube-apiserver", {"authorization-mode"})
}

no_file if {
	component.runs("kube-apiserver")
	component.known("authorization-config")
	component.known("authorization-mode")
	not component.names_file("authorization-config")
}

path := ["files", "authorization-config", "authorizers"] if component.names_file("authorization-config")

path := ["settings", "authorization-mode"] if not component.names_file("authorization-config")
