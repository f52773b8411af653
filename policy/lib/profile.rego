# METADATA
# scope: package
# title: Confinement profiles
# description: What seccomp and AppArmor have in common, whose profiles have the same three types.
package policy.lib.profile

# The type of a profile that is written; "" stands for a type that is absent, as in Kubernetes.
type(profile) := object.get(profile, "type", "")

confines(profile) if type(profile) in {"RuntimeDefault", "Localhost"}

# How a message names the type.
label(profile) := sprintf("of type `%s`", [type(profile)]) if type(profile) != ""

label(profile) := "without a type" if type(profile) == ""

# The cure, as members of a violation: only `Unconfined` has one that is certain. A type that Kubernetes does not know may
# be a spelling mistake of either good one.
cure("Unconfined") := {"fix": {"op": "set", "value": "RuntimeDefault"}}

cure(written) := {} if written != "Unconfined"
