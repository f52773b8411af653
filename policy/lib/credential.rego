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

# What each of them contains. Most texts have none of it, which one look tells for all of them.
marks := {
	"-----BEGIN": "a private key",
	"@": "an address with a password",
	"AIza": "a key of Google",
	"AKIA": "a key of AWS",
	"ASIA": "a key of AWS",
	"eyJ": "a signed token",
	"gh": "a token of GitHub",
	"glpat-": "a token of GitLab",
	"npm_": "a token of npm",
	"xox": "a token of Slack",
}

# The shortest is `a://b:ccc@d`.
recognized(text) := {shape |
	some mark, shape in marks
	contains(text, mark)
	regex.match(shapes[shape], text)
} if {
	count(text) > 10
	regex.match(any_mark, text)
} else := set()

any_mark := concat("|", object.keys(marks))

# The name ends with what it holds, in lower case: `access_token` does, `token-ttl` and `secretName` do not.
names := concat("|", [
	`pass(?:word|wd|phrase)`,
	`pwd`,
	`api[._-]?key`,
	`(?:account|encryption|master|private|secret|secret[._-]?access|shared|signing)[._-]?key`,
	`(?:access|api|auth|bearer|bot|refresh)[._-]?token`,
	`(?:client|app|jwt|session|cookie|consumer|hmac|oauth2?|webhook)[._-]?secret`,
])

# What all of these end in.
endings := ["key", "passphrase", "passwd", "password", "pwd", "secret", "token"]

# Whether a text has such a name in it, in lower case. A text without these words needs no pattern.
mentioned(text) if {
	has_word(text)
	regex.match(written_names, text)
}

has_word(text) if {
	some word in ["key", "pass", "pwd", "secret", "token"]
	contains(text, word)
}

# Redis takes its password as `requirepass`.
written_names := sprintf("%s|requirepass", [names])

# Not a reference, a placeholder, a path, an address, a setting or something encrypted already; in lower case.
literal(text) if {
	count(text) >= 4
	not text in words
	not strings.any_prefix_match(text, references)
	not strings.any_prefix_match(text, placeholders)
	not regex.match(`^[a-z0-9+.-]+://`, text)
	every opening in {"{{", "${", "$("} {
		not contains(text, opening)
	}
}

words := {"disabled", "empty", "enabled", "false", "none", "null", "optional", "required", "true"}

references := [
	"$", "%", "&", "*", "...", "./", "/", "<", "@", "[", "`", "{",
	"arn:", "enc[", "env:", "file:", "os.", "process.", "ref+", "secretkeyref", "secretref", "var.", "vault:",
]

placeholders := [
	"change-me", "change_me", "changeme", "dummy", "example", "my-", "my_", "placeholder", "redacted", "replace", "todo", "xxx", "your",
]
