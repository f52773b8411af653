# METADATA
# scope: package
# title: Credential written into a pod
# description: >-
#   A password in an environment variable or on a command line of a manifest is read by everybody who may read pods, which
#   the role `view` includes, and is in the repository's history for everybody who ever clones it. Command lines also show
#   up in the process list of the node. Names such as `DB_PASSWORD` and `--api-key` with a value written out count, and
#   values that are recognized whatever their name: private keys, tokens of known services, addresses with a password in
#   them.
# related_resources:
#   - https://kubernetes.io/docs/concepts/configuration/secret/
#   - https://kubernetes.io/docs/concepts/security/secrets-good-practices/
# custom:
#   id: literal-secret
#   severity: high
#   remediation: >-
#     Change the credential, because it has been read. Keep the new one in a Secret that an operator fills (External
#     Secrets, Sealed Secrets, SOPS) and mount that as a file.
package policy.pod.literal_secret

import data.policy.lib.credential
import data.policy.lib.pod

# Environment variables.
deny contains violation(container, ["env", i, "value"], owner, what) if {
	some container in input.pod.containers
	some i
	env := container.spec.env[i]
	name := object.get(env, "name", "")
	what := credential_in(lower(name), env.value)
	owner := sprintf("environment variable `%v` of %s", [name, pod.label(container)])
}

# The words of command lines, by the flags in front of them.
deny contains violation(container, [member, i], owner, what) if {
	some container in input.pod.containers
	some member in ["command", "args"]
	some i
	word := container.spec[member][i]
	what := credential_in(flag(container.spec[member], i), word)
	owner := sprintf("the command line of %s", [pod.label(container)])
}

violation(container, place, owner, what) := {
	"message": sprintf("%s holds %s", [owner, what]),
	"path": array.concat(container.path, place),
}

flag(words, i) := lower(trim_left(words[i - 1], "-")) if {
	startswith(words[i - 1], "-")
	not startswith(words[i], "-")
} else := ""

credential_in(name, value) := min(shapes) if {
	shapes := credential.recognized(value)
	shapes != set()
} else := "a credential in clear text" if named(name, value)

named(name, value) if {
	strings.any_suffix_match(name, credential.endings)
	regex.match(whole_name, name)
	one_word(value)
	credential.literal(lower(value))
}

# Many a `token` is a kind or a number of tokens, many a `secret` the name of a Secret, and many an `access_key` the public
# half of a pair.
named(name, value) if {
	strings.any_suffix_match(name, ["credential", "credentials", "key", "secret", "token"])
	regex.match(`(^|[._-])(token|secret|credentials?|access[._-]?key)$`, name)
	one_word(value)
	credential.literal(lower(value))
	generated(value)
}

# `--password=…`, `PASSWORD=… program`, also in a script.
named(_, value) if {
	contains(value, "=")
	text := lower(value)
	credential.mentioned(text)
	some found in regex.find_all_string_submatch_n(assignment, text, 50)
	credential.literal(found[2])
}

whole_name := sprintf("(?:%s)$", [credential.names])

assignment := sprintf("(?:^|[ \t\r\n;&|(=,\"'])-{0,2}([a-z0-9._-]*(?:%s))=[\"']?([^= \t\r\n;&|)\"'][^ \t\r\n;&|)\"']*)", [credential.written_names])

one_word(text) if not regex.match(`[ \t\r\n]`, trim_space(text))

generated(text) if {
	regex.match(`[A-Za-z0-9+]{16}`, text)
	regex.match(`[0-9]`, text)
}
