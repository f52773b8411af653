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

deny contains {"message": message, "path": path} if {
	some text in written
	message := sprintf("%s holds %s", [text.owner, min(credential.recognized(text.value))])
	path := text.path
}

deny contains {"message": message, "path": path} if {
	some text in written
	named(text)
	credential.recognized(text.value) == set()
	message := sprintf("%s holds a credential in clear text", [text.owner])
	path := text.path
}

# Environment variables, and the words of command lines with the words that follow them.
written contains text if {
	some container in input.pod.containers
	some i
	env := container.spec.env[i]
	text := {
		"owner": sprintf("environment variable `%v` of %s", [object.get(env, "name", ""), pod.label(container)]),
		"name": lower(object.get(env, "name", "")),
		"value": env.value,
		"path": array.concat(container.path, ["env", i, "value"]),
	}
}

written contains text if {
	some container in input.pod.containers
	some member in ["command", "args"]
	some i
	word := container.spec[member][i]
	text := {
		"owner": sprintf("the command line of %s", [pod.label(container)]),
		"value": word,
		"path": array.concat(container.path, [member, i]),
	}
}

written contains text if {
	some container in input.pod.containers
	some member in ["command", "args"]
	some i
	flag := container.spec[member][i]
	startswith(flag, "-")
	word := container.spec[member][i + 1]
	not startswith(word, "-")
	text := {
		"owner": sprintf("the command line of %s", [pod.label(container)]),
		"name": lower(trim_left(flag, "-")),
		"value": word,
		"path": array.concat(container.path, [member, i + 1]),
	}
}

named(text) if {
	strings.any_suffix_match(text.name, credential.endings)
	regex.match(whole_name, text.name)
	one_word(text.value)
	credential.literal(lower(text.value))
}

# Many a `token` is a kind or a number of tokens, many a `secret` the name of a Secret, and many an `access_key` the public
# half of a pair.
named(text) if {
	strings.any_suffix_match(text.name, ["credential", "credentials", "key", "secret", "token"])
	regex.match(`(^|[._-])(token|secret|credentials?|access[._-]?key)$`, text.name)
	one_word(text.value)
	credential.literal(lower(text.value))
	generated(text.value)
}

# `--password=…`, `PASSWORD=… program`, also in a script.
named(text) if {
	contains(text.value, "=")
	credential.may_name(lower(text.value))
	some found in regex.find_all_string_submatch_n(assignment, lower(text.value), 50)
	credential.literal(found[2])
}

whole_name := sprintf("(?:%s)$", [credential.names])

assignment := sprintf("(?:^|[ \t\r\n;&|(=,\"'])-{0,2}([a-z0-9._-]*(?:%s|requirepass))=[\"']?([^= \t\r\n;&|)\"'][^ \t\r\n;&|)\"']*)", [credential.names])

one_word(text) if not regex.match(`[ \t\r\n]`, trim_space(text))

generated(text) if {
	regex.match(`[A-Za-z0-9+]{16}`, text)
	regex.match(`[0-9]`, text)
}
