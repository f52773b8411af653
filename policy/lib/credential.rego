# METADATA
# scope: package
# title: Credentials
# description: >-
#   Tells a credential in clear text from a reference, a placeholder or a setting. The patterns do without `\b`, `\s` and
#   `(?i)`, which need the Unicode tables that not every build of regorus has.
package policy.lib.credential

# Credentials that say themselves what they are.
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

# The name ends with what it holds, in lower case: `access_token` does, `token-ttl` and `secretName` do not.
names := concat("|", [
	`pass(?:word|wd|phrase)`,
	`pwd`,
	`api[._-]?key`,
	`(?:account|encryption|master|private|secret|secret[._-]?access|shared|signing)[._-]?key`,
	`(?:access|api|auth|bearer|bot|refresh)[._-]?token`,
	`(?:client|app|jwt|session|cookie|consumer|hmac|oauth2?|webhook)[._-]?secret`,
])

# Not a reference, a placeholder, a path, an address, a setting or something encrypted already; in lower case.
literal(text) if {
	count(text) >= 4
	not text in words
	not regex.match(`^(<|\$|%|\{|\[|\*|/|\./|@|&|\x60|\.{3}|x{3})`, text)
	not regex.match(`^(enc\[|vault:|ref\+|secretref|secretkeyref|file:|env:|arn:|[a-z0-9+.-]+://|os\.|process\.|var\.)`, text)
	not regex.match(`^(change[_-]?me|replace|redacted|example|dummy|placeholder|your|my[_-]|todo)`, text)
	every opening in {"{{", "${", "$("} {
		not contains(text, opening)
	}
}

words := {"disabled", "empty", "enabled", "false", "none", "null", "optional", "required", "true"}
