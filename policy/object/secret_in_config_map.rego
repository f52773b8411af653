# METADATA
# scope: package
# title: Credential in a ConfigMap
# description: >-
#   A ConfigMap is made to be read: roles such as `view` include it, it is not encrypted at rest where Secrets are,
#   and it is printed in logs and support bundles. In a repository the credential is also in the history, for
#   everybody who ever clones it. Attackers search both first.
# related_resources:
# - https://kubernetes.io/docs/concepts/configuration/secret/
# - https://kubernetes.io/docs/concepts/security/secrets-good-practices/
# custom:
#   id: secret-in-config-map
#   severity: high
#   kinds: [ConfigMap]
#   remediation: >-
#     Change the credential, because it has been read. Keep the new one in a Secret that an operator fills (External
#     Secrets, Sealed Secrets, SOPS) and mount that.
package policy.object.secret_in_config_map

import data.policy.lib.credential
import data.policy.lib.value

deny contains {"message": message, "path": [member, key]} if {
	some [member, key, text] in texts
	some shape in credential.recognized(text)
	message := sprintf("key `%s` holds %s", [key, shape])
}

deny contains {"message": message, "path": ["data", key]} if {
	some ["data", key, text] in texts
	strings.any_suffix_match(lower(key), array.concat(credential.endings, ["credential", "credentials"]))
	regex.match(credential_key, lower(key))
	credential.recognized(text) == set()
	not contains(trim_space(text), "\n")
	secret_like(lower(trim_space(text)))
	message := sprintf("key `%s` looks like a credential in clear text", [key])
}

deny contains {"message": message, "path": ["data", key]} if {
	some ["data", key, text] in texts
	contains(text, "\n")
	lowered := lower(text)
	credential.mentioned(lowered)
	credential.recognized(text) == set()
	some found in regex.find_all_string_submatch_n(credential_line, lowered, 20)
	secret_like(found[2])
	message := sprintf("key `%s` holds a file with a credential in clear text: `%s`", [key, found[1]])
}

texts contains ["data", key, text] if {
	config_map
	some key, text in value.mapping(input.object, "data")
	is_string(text)
}

texts contains ["binaryData", key, text] if {
	config_map
	some key, encoded in value.mapping(input.object, "binaryData")
	base64.is_valid(encoded)
	text := base64.decode(encoded)
}

# SOPS encrypts the values and says so beside them.
config_map if {
	input.object.kind == "ConfigMap"
	input.object.apiVersion == "v1"
	not "sops" in object.keys(input.object)
}

credential_key := sprintf("(?:%s)$|^(?:credentials?|secret|token)$", [credential.names])

credential_line := sprintf("(?m)^[ \t]*[\"']?([a-z0-9_.-]*(?:%s))[\"']?[ \t]*[:=][ \t]*[\"']?([^ \t\r\n\"',;#]+)[\"']?[ \t]*,?[ \t\r]*$", [credential.names])

# What configuration files say of credentials in general is none.
secret_like(text) if {
	credential.literal(text)
	not text in {"password", "secret", "string", "token"}
}
