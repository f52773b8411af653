# METADATA
# scope: package
# title: Hosts
# description: What policies of kind `host` ask of a node's sshd and kernel parameters.
# related_resources:
# - https://man.openbsd.org/sshd_config
# - https://docs.kernel.org/admin-guide/sysctl/
package policy.lib.host

# Every value that sshd gives a keyword: for all connections, and for those that a Match block picks. A file that sshd
# refuses gives none.
sshd(keyword) := {place |
	sshd_runs
	some place in sshd_places(lower(keyword))
	"value" in object.keys(place.setting)
}

# As `sshd`, without the places where `DisableForwarding` turns all forwarding off, whatever its keyword says.
forwarding(keyword) := {place |
	some place in sshd(keyword)
	not disables_forwarding(place.scope)
}

# The value of a place as words: lists are written with commas or over several lines.
words(place) := {word | some line in lines(place.setting.value); some word in split(line, ",")}

# The value as a number.
number(place) := to_number(place.setting.value)

# A violation: what sshd does, and what comes of it.
sshd_finding(keyword, place, consequence) := {
	"message": sprintf("%s`%s` is `%s`, so that %s", [place.prefix, keyword, concat(",", lines(place.setting.value)), consequence]),
	"path": place.path,
}

# What keeps a control from judging a keyword.
sshd_doubts(keyword) := {problem |
	some place in sshd_places(lower(keyword))
	reason := object.get(place.setting, "unknown", null)
	reason != null
	message := sprintf("%s`%s` is not known: %s", [place.prefix, keyword, reason])
	problem := {"message": message, "path": place.path}
} | {problem |
	count(sshd_refused) > 0
	message := sprintf("sshd would not start: %s", [concat("; ", sshd_refused)])
	problem := {"message": message, "path": ["sshd", "settings", lower(keyword)]}
}

# Why sshd would not start.
sshd_refused := object.get(input.sshd, "refused", []) if {
	is_object(input.sshd)
} else := []

# Kernel parameters that these keys have after boot, as far as the files or the kernel's defaults tell. Where lines are
# hidden, what no line sets may have any value.
sysctl(keys) := {parameter |
	is_object(input.sysctl)
	some key in keys
	sysctl_unknown(key) == null
	parameter := {"key": key, "value": kernel_value(key)}
}

# A violation: what the parameter is, and what comes of it.
sysctl_finding(parameter, consequence) := {
	"message": sprintf("%s, so that %s", [sysctl_description(parameter), consequence]),
	"path": ["sysctl", "settings", parameter.key],
}

# What keeps a control from judging parameters.
sysctl_doubts(keys) := {problem |
	is_object(input.sysctl)
	some key in keys
	reason := sysctl_unknown(key)
	reason != null
	message := sprintf("`%s` is not known: %s", [key, reason])
	problem := {"message": message, "path": ["sysctl", "settings", key]}
}

# Why the value of a parameter is not known; null where it is.
sysctl_unknown(key) := object.get(input.sysctl.settings[key], "unknown", null) if {
	input.sysctl.settings[key]
} else := object.get(input.sysctl.settings, ["net.ipv4.ip_forward", "unknown"], null) if {
	# Its default follows that one.
	key == "net.ipv4.conf.all.accept_redirects"
	not object.get(input.sysctl, "incomplete", null)
} else := object.get(input.sysctl, "incomplete", null)

sshd_runs if {
	is_object(input.sshd)
	count(sshd_refused) == 0
}

sshd_places(keyword) := {place |
	setting := input.sshd.settings[keyword]
	place := {"setting": setting, "path": ["sshd", "settings", keyword], "prefix": "", "scope": -1}
} | {place |
	some i, block in input.sshd.conditional
	setting := block.settings[keyword]
	place := {
		"setting": setting,
		"path": ["sshd", "conditional", i, "settings", keyword],
		"prefix": sprintf("for `%s` ", [block.criteria]),
		"scope": i,
	}
}

disables_forwarding(_) if input.sshd.settings.disableforwarding.value == "yes"

disables_forwarding(scope) if input.sshd.conditional[scope].settings.disableforwarding.value == "yes"

lines(value) := value if is_array(value)

lines(value) := [value] if not is_array(value)

# The number that the kernel makes of the text; null where it refuses it or its default is not known.
kernel_value(key) := integer(written(key)) if {
	written(key)
} else := 0 if {
	# Forwarding makes a router of the node, and routers take no redirects unless told.
	key == "net.ipv4.conf.all.accept_redirects"
	integer(written("net.ipv4.ip_forward")) == 1
} else := object.get(kernel_defaults, key, null)

written(key) := input.sysctl.settings[key].value

# The kernel reads the first word: decimal, hexadecimal behind `0x`, octal behind `0`.
integer(text) := to_number(first_word(text)) if {
	regex.match(`^(0|-?[1-9][0-9]*)$`, first_word(text))
} else := positional(substring(lower(first_word(text)), 2, -1), 4) if {
	regex.match(`^0[xX][0-9a-fA-F]+$`, first_word(text))
} else := positional(first_word(text), 3) if {
	regex.match(`^0[0-7]+$`, first_word(text))
} else := null

# A number of which each digit has so many bits.
positional(digits, bits_each) := sum([bits.lsh(indexof("0123456789abcdef", digit), bits_each * ((count(found) - i) - 1)) |
	found := regex.find_n(`[0-9a-f]`, digits, -1)
	some i, digit in found
])

first_word(text) := split(trim_space(replace(text, "\t", " ")), " ")[0]

sysctl_description(parameter) := sprintf("`%s` is set to `%s`, which the kernel refuses", [parameter.key, written(parameter.key)]) if {
	written(parameter.key)
	parameter.value == null
} else := sprintf("`%s` is `%s`", [parameter.key, written(parameter.key)]) if {
	written(parameter.key)
} else := sprintf("`%s` is not set and is `%v` by default", [parameter.key, parameter.value]) if {
	is_number(parameter.value)
} else := sprintf("`%s` is not set", [parameter.key])

# What Linux starts with where its configuration leaves no choice (kernel 6.18, and net/ipv4, net/ipv6 in its sources).
kernel_defaults := {
	"fs.protected_fifos": 0,
	"fs.protected_hardlinks": 0,
	"fs.protected_regular": 0,
	"fs.protected_symlinks": 0,
	"fs.suid_dumpable": 0,
	"kernel.kptr_restrict": 0,
	"kernel.modules_disabled": 0,
	"kernel.randomize_va_space": 2,
	"net.ipv4.conf.all.accept_redirects": 1,
	"net.ipv4.conf.all.accept_source_route": 0,
	"net.ipv4.conf.all.arp_announce": 0,
	"net.ipv4.conf.all.arp_ignore": 0,
	"net.ipv4.conf.all.forwarding": 0,
	"net.ipv4.conf.all.log_martians": 0,
	"net.ipv4.conf.all.rp_filter": 0,
	"net.ipv4.conf.all.secure_redirects": 1,
	"net.ipv4.conf.all.send_redirects": 1,
	"net.ipv4.conf.all.shared_media": 1,
	"net.ipv4.conf.default.accept_redirects": 1,
	"net.ipv4.conf.default.accept_source_route": 1,
	"net.ipv4.conf.default.log_martians": 0,
	"net.ipv4.conf.default.rp_filter": 0,
	"net.ipv4.conf.default.secure_redirects": 1,
	"net.ipv4.conf.default.send_redirects": 1,
	"net.ipv4.conf.default.shared_media": 1,
	"net.ipv4.icmp_echo_ignore_broadcasts": 1,
	"net.ipv4.icmp_ignore_bogus_error_responses": 1,
	"net.ipv4.icmp_ratelimit": 1000,
	"net.ipv4.icmp_ratemask": 6168,
	"net.ipv4.ip_forward": 0,
	"net.ipv4.tcp_rfc1337": 0,
	"net.ipv4.tcp_syncookies": 1,
	"net.ipv4.tcp_timestamps": 1,
	"net.ipv6.conf.all.accept_ra": 1,
	"net.ipv6.conf.all.accept_redirects": 1,
	"net.ipv6.conf.all.accept_source_route": 0,
	"net.ipv6.conf.all.autoconf": 1,
	"net.ipv6.conf.all.forwarding": 0,
	"net.ipv6.conf.all.router_solicitations": -1,
	"net.ipv6.conf.default.accept_ra": 1,
	"net.ipv6.conf.default.accept_ra_defrtr": 1,
	"net.ipv6.conf.default.accept_ra_pinfo": 1,
	"net.ipv6.conf.default.accept_redirects": 1,
	"net.ipv6.conf.default.accept_source_route": 0,
	"net.ipv6.conf.default.autoconf": 1,
	"net.ipv6.conf.default.dad_transmits": 1,
	"net.ipv6.conf.default.max_addresses": 16,
	"net.ipv6.conf.default.router_solicitations": -1,
}
