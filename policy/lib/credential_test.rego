package policy.lib.credential_test

import data.policy.lib.credential

test_references_and_placeholders_are_no_literals if {
	every text in [
		"", "true", "none", "<password>", "$(db_password)", "${db_password}", "a-{{ .values.suffix }}", "/run/secrets/db",
		"vault:secret/data/db#password", "arn:aws:secretsmanager:eu-west-1:1:secret:db", "op://vault/db/password", "changeme",
		"replace_me", "your-password", "xxxxxx", "`openssl rand -hex 16`",
	] {
		not credential.literal(text)
	}
}

test_what_is_written_out_is_a_literal if {
	every text in ["hunter2", "password", "tr0ub4dor&3", "root"] {
		credential.literal(text)
	}
}

# Put together, so that no scanner takes the tests for a leak.
test_credentials_say_what_they_are if {
	every text in [
		concat("", ["AKIA", "ABCDEFGHIJKLMNOP"]),
		concat("", ["token ghp", "_abcdefghijklmnopqrstuvwxyz0123456789"]),
		concat("", ["-----BEGIN RSA PRIVATE", " KEY-----\nMIIE"]),
		"postgres://shop:hunter2@db:5432/shop",
	] {
		count(credential.recognized(text)) == 1
	}
}

test_every_shape_has_a_mark if {
	{shape | some shape in credential.marks} == object.keys(credential.shapes)
}

# They are put together to one pattern as they are.
test_marks_are_plain_words if {
	every mark, _ in credential.marks {
		regex.match(`^[A-Za-z0-9_@-]+$`, mark)
		regex.match(credential.any_mark, mark)
	}
}

test_names_end_as_they_must if {
	every name in ["db_password", "passwd", "pwd", "passphrase", "api-key", "signing.key", "bot_token", "jwtsecret"] {
		regex.match(sprintf("(?:%s)$", [credential.names]), name)
		strings.any_suffix_match(name, credential.endings)
		credential.mentioned(name)
	}
}

test_addresses_without_a_password_are_none if {
	every text in ["postgres://db:5432/shop", "postgres://shop:$(PASSWORD)@db/shop", "https://example.com/a:b@c"] {
		credential.recognized(text) == set()
	}
}
