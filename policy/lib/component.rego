# METADATA
# scope: package
# title: Components
# description: >-
#   What policies of kind `component` ask of their input: the value of a setting, what it means that a setting is not
#   written, and how a finding or a doubt about it reads.
package policy.lib.component

# The component is this one and would start. One that would not start runs with nothing that could be judged.
runs(program) if {
	input.component == program
	count(stops) == 0
}

# Why the component would not start: what it refuses itself, and what stops the one who starts it.
stops := array.concat(input.refused, [reason |
	reason := object.get(input, "blocked", null)
	reason != null
])

# What a control judges of a setting: `{"value": …}`, or `{"missing": true}` where it is not written and has to be.
# Undefined where there is nothing to judge. `absent` is the parameter of that name.
judged(program, name, absent) := {"missing": true} if {
	absent == "fail"
	runs(program)
	known(name)
	not written(name)
} else := {"value": value(name)} if {
	runs(program)
	known(name)
	counts(name, absent)
}

# The same for a feature gate, in the setting that holds the gates.
judged_gate(program, name, gate, absent) := {"missing": true} if {
	absent == "fail"
	runs(program)
	known(name)
	not gate in object.keys(gates(name))
} else := {"value": gates(name)[gate]} if {
	runs(program)
	known(name)
	gate in object.keys(gates(name))
} else := {"value": object.get(gates(name), beta[gate], null)} if {
	absent == "default"
	runs(program)
	known(name)
}

# Ways in which what is judged is wrong. A missing setting is, whatever it ought to be.
differs(judged, _) if judged.missing

differs(judged, wanted) if judged.value != wanted

is(judged, _) if judged.missing

is(judged, value) if judged.value == value

empty(judged) if judged.missing

empty(judged) if judged.value in {null, "", []}

below(judged, _) if judged.missing

below(judged, minimum) if judged.value < minimum

outside(judged, _) if judged.missing

outside(judged, _) if judged.value in {null, "", []}

outside(judged, allowed) if {
	some i
	element := judged.value[i]
	not element in allowed
}

wrong(judged, _) if judged.missing

wrong(judged, accepted) if not judged.value in accepted

# The duration is longer than the maximum; zero means without end.
outlasts(judged, _) if judged.missing

outlasts(judged, _) if time.parse_duration_ns(judged.value) == 0

outlasts(judged, maximum) if time.parse_duration_ns(judged.value) > time.parse_duration_ns(maximum)

# The address is one that others can reach, with or without a port.
elsewhere(judged) if judged.missing

elsewhere(judged) if {
	is_string(judged.value)
	not loopback(host(judged.value))
}

# The value in effect; null where it is not known, or where this version of the component has no such setting.
value(name) := object.get(input.settings, [name, "value"], null)

# The setting is not left open by a template, a missing file or the like.
known(name) if not "unknown" in object.keys(object.get(input.settings, name, {}))

# A file, a flag or the environment sets it.
written(name) if not object.get(input.settings, [name, "origin"], "unset") in {"default", "unset"}

# The feature gates that are written.
gates(name) := value(name) if {
	is_object(value(name))
} else := {}

# The address is one of the machine itself, where nobody else can reach it.
loopback(address) if startswith(address, "127.")

loopback(address) if address in {"::1", "localhost"}

# The API server reaches its store over the network, not over a socket of the node as k3s does with its own database.
remote_etcd if not local_etcd

local_etcd if {
	is_array(value("etcd-servers"))
	count(value("etcd-servers")) > 0
	every server in value("etcd-servers") {
		startswith(server, "unix:")
	}
}

# An address without its port: `[::1]:10249`, `127.0.0.1:10249`, `::1`.
host(address) := split(substring(address, 1, -1), "]")[0] if {
	startswith(address, "[")
} else := split(address, ":")[0] if {
	count(split(address, ":")) == 2
} else := address

# A violation of the control: what the setting is, and what comes of it.
finding(name, consequence) := {
	"message": sprintf("%s, so that %s", [description(name), consequence]),
	"path": ["settings", name],
}

# What keeps a control from judging these settings.
doubts(program, names) := {problem |
	input.component == program
	some name in names
	problem := {"message": doubt(name), "path": ["settings", name]}
}

# The file that a flag names, as the component loads it. Undefined where it is not known or there is none.
file(flag) := input.files[flag].value

# What keeps a control from judging the content of the file that a flag names.
file_doubts(program, flag) := doubts(program, {flag}) | {problem |
	runs(program)
	known(flag)
	names_file(flag)
	not loaded(flag)
	reason := object.get(input, ["files", flag, "unknown"], "the file is not in the repository")
	problem := {
		"message": sprintf("what %s names is not known: %s", [label(flag), reason]),
		"path": ["settings", flag],
	}
}

# The flag names a file.
names_file(flag) if not value(flag) in {null, ""}

# How a message names a setting: a flag with its dashes, a field of the kubelet's configuration by its path.
label(name) := sprintf("`%s`", [name]) if is_field(name)

label(name) := sprintf("`--%s`", [name]) if not is_field(name)

# How a message says what a setting is.
description(name) := sprintf("%s is `%s`", [label(name), text(value(name))]) if {
	written(name)
	not value(name) in {null, "", []}
} else := sprintf("%s is empty", [label(name)]) if {
	written(name)
} else := sprintf("%s is not set", [label(name)]) if {
	value(name) in {null, "", []}
} else := sprintf("%s is not set and defaults to `%s`", [label(name), text(value(name))])

counts(name, _) if written(name)

counts(name, "default") if input.settings[name]

# The switch that a gate follows when it is not written itself.
beta := {"RotateKubeletServerCertificate": "AllBeta"}

loaded(flag) if "value" in object.keys(object.get(input, ["files", flag], {}))

doubt(_) := sprintf("%s would not start: %s", [input.component, concat("; ", stops)]) if {
	count(stops) > 0
}

doubt(name) := sprintf("%s is not known: %s", [label(name), input.settings[name].unknown]) if {
	count(stops) == 0
}

# Fields are written in one word each, the kubelet's flags with dashes.
is_field(name) if {
	input.component == "kubelet"
	not contains(name, "-")
}

text(written) := concat(",", [sprintf("%v", [element]) | some element in written]) if is_array(written)

text(written) := sprintf("%v", [written]) if not is_array(written)
