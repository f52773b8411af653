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
#   remediation: >-
#     Change the credential, because it has been read. Keep the new one in a Secret that an operator fills (External
#     Secrets, Sealed Secrets, SOPS) and mount that.
package policy.object.secret_in_config_map

import data.policy.lib.value

deny contains {"message": message, "path": [member, key]} if {
	some [member, key, text] in texts
	some shape, pattern in shapes
	regex.match(pattern, text)
	message := sprintf("key `%s` holds %s", [key, shape])
}

deny contains {"message": message, "path": ["data", key]} if {
	some ["data", key, text] in texts
	not recognized(text)
	regex.match(credential_key, lower(key))
	not contains(trim_space(text), "\n")
	secret_like(lower(trim_space(text)))
	message := sprintf("key `%s` looks like a credential in clear text", [key])
}

deny contains {"message": message, "path": ["data", key]} if {
	some ["data", key, text] in texts
	contains(text, "\n")
	not recognized(text)
	some found in regex.find_all_string_submatch_n(credential_line, lower(text), 20)
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

# Credentials that say themselves what they are. The patterns do without `\b`, `\s` and `(?i)`, which need the Unicode tables
# that not every build of regorus has.
shapes := {
	"a private key": `-----BEGIN ([A-Z]+ )*PRIVATE KEY-----[ \r\n]+[A-Za-z0-9+/=:]`,
	"a key of AWS": `(^|[^A-Za-z0-9])(AKIA|ASIA)[A-Z2-7]{16}($|[^A-Za-z0-9])`,
	"a key of Google": `(^|[^A-Za-z0-9])AIza[0-9A-Za-z_-]{35}($|[^A-Za-z0-9])`,
	"a token of GitHub": `(^|[^A-Za-z0-9])(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60})`,
	"a token of GitLab": `(^|[^A-Za-z0-9])glpat-[A-Za-z0-9_-]{20}`,
	"a token of Slack": `(^|[^A-Za-z0-9])xox[abprs]-[A-Za-z0-9-]{10}`,
	"a token of npm": `(^|[^A-Za-z0-9])npm_[A-Za-z0-9]{36}($|[^A-Za-z0-9])`,
	"a signed token": `(^|[^A-Za-z0-9])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10}`,
	"an address with a password": `(^|[^A-Za-z0-9])[a-z][a-z0-9+.-]*://[^ \t\r\n:/@"'${}<>()]+:[^ \t\r\n:/@"'${}<>()*]{3,}@[A-Za-z0-9]`,
}

recognized(text) if {
	some pattern in shapes
	regex.match(pattern, text)
}

# The name ends with what it holds, in lower case: `token` does, `token-ttl` and `secretName` do not.
names := concat("|", [
	`pass(?:word|wd|phrase)`,
	`pwd`,
	`api[._-]?key`,
	`(?:access|account|encryption|master|private|secret|shared|signing)[._-]?key`,
	`(?:access|api|auth|bearer|bot|refresh)[._-]?token`,
	`(?:client|app|jwt|session|cookie|consumer|hmac|oauth2?|webhook)[._-]?secret`,
])

credential_key := sprintf("(?:%s)$|^(?:credentials?|secret|token)$", [names])

credential_line := sprintf("(?m)^[ \t]*[\"']?([a-z0-9_.-]*(?:%s))[\"']?[ \t]*[:=][ \t]*[\"']?([^ \t\r\n\"',;#]+)[\"']?[ \t]*,?[ \t\r]*$", [names])

# Not a reference, a placeholder, a path, an address, a setting or something encrypted already.
secret_like(text) if {
	count(text) >= 4
	not text in words
	not regex.match(`^(<|\$|%|\{|\[|\*|/|\./|@|&|\.{3}|x{3})`, text)
	not regex.match(`^(enc\[|vault:|ref\+|secretref|secretkeyref|file:|env:|https?://|os\.|process\.|var\.)`, text)
	not regex.match(`^(change[_-]?me|replace|redacted|example|dummy|placeholder|your|my[_-]|todo)`, text)
	every opening in {"{{", "${", "$("} {
		not contains(text, opening)
	}
}

words := {
	"disabled", "empty", "enabled", "false", "none", "null", "optional", "password", "required", "secret", "string", "token",
	"true",
}
