package policy.lib.host_test

import data.policy.lib.host

node(sysctl) := {"sshd": null, "sysctl": {"settings": {key: {"value": text} | some key, text in sysctl}}}

server(settings, conditional) := {"sysctl": null, "sshd": {"settings": settings, "conditional": conditional}}

value(key, sysctl) := parameter.value if {
	some parameter in host.sysctl([key]) with input as node(sysctl)
}

test_numbers_are_read_as_the_kernel_reads_them if {
	every text, number in {"1": 1, "0": 0, "-1": -1, " 2 ": 2, "1 # loose": 1, "0x2": 2, "010": 8, "0x15819": 88089, "02": 2, "00": 0, "88089": 88089} {
		value("net.ipv4.conf.all.rp_filter", {"net.ipv4.conf.all.rp_filter": text}) == number
	}
	every text in {"2;x", "\"1\"", "+1", "yes", ""} {
		value("net.ipv4.conf.all.rp_filter", {"net.ipv4.conf.all.rp_filter": text}) == null
	}
}

test_what_is_not_set_has_the_default_of_the_kernel if {
	value("net.ipv4.conf.all.rp_filter", {}) == 0
	value("kernel.dmesg_restrict", {}) == null
}

test_forwarding_turns_redirects_off if {
	value("net.ipv4.conf.all.accept_redirects", {}) == 1
	value("net.ipv4.conf.all.accept_redirects", {"net.ipv4.ip_forward": "1"}) == 0
	value("net.ipv4.conf.all.accept_redirects", {"net.ipv4.ip_forward": "1", "net.ipv4.conf.all.accept_redirects": "1"}) == 1
}

test_a_node_without_files_is_not_judged if {
	count(host.sysctl(["kernel.kptr_restrict"])) == 0 with input as {"sshd": null, "sysctl": null}
	count(host.sshd("PermitRootLogin")) == 0 with input as {"sshd": null, "sysctl": null}
	count(host.sshd_doubts("PermitRootLogin")) == 0 with input as {"sshd": null, "sysctl": null}
}

test_unknown_parameters_are_doubts if {
	open := {"sshd": null, "sysctl": {"settings": {"kernel.sysrq": {"unknown": "a template expression"}}}}
	count(host.sysctl(["kernel.sysrq"])) == 0 with input as open
	count(host.sysctl_doubts(["kernel.sysrq"])) == 1 with input as open
}

test_what_no_line_sets_is_a_doubt_where_lines_are_hidden if {
	hidden := {"sshd": null, "sysctl": {"incomplete": "a template that is not rendered", "settings": {"kernel.sysrq": {"value": "0"}}}}
	count(host.sysctl(["fs.protected_hardlinks", "kernel.dmesg_restrict"])) == 0 with input as hidden
	count(host.sysctl_doubts(["fs.protected_hardlinks", "kernel.dmesg_restrict"])) == 2 with input as hidden
	count(host.sysctl(["kernel.sysrq"])) == 1 with input as hidden
	count(host.sysctl_doubts(["kernel.sysrq"])) == 0 with input as hidden
}

test_match_blocks_are_places_of_their_own if {
	block := {"criteria": "User backup", "settings": {"permitrootlogin": {"value": "yes", "origin": "file"}}}
	places := host.sshd("PermitRootLogin") with input as server({"permitrootlogin": {"value": "no", "origin": "file"}}, [block])
	{place.path | some place in places} == {
		["sshd", "settings", "permitrootlogin"],
		["sshd", "conditional", 0, "settings", "permitrootlogin"],
	}
}

test_disabled_forwarding_covers_its_scope if {
	yes := {"value": "yes", "origin": "file"}
	all := server({"allowtcpforwarding": yes, "disableforwarding": yes}, [])
	count(host.forwarding("AllowTcpForwarding")) == 0 with input as all
	one := server({"allowtcpforwarding": yes}, [{"criteria": "User a", "settings": {"allowtcpforwarding": yes, "disableforwarding": yes}}])
	count(host.forwarding("AllowTcpForwarding")) == 1 with input as one
}

test_words_come_from_commas_and_lists if {
	host.words({"setting": {"value": "a,b"}}) == {"a", "b"}
	host.words({"setting": {"value": ["22", "2222"]}}) == {"22", "2222"}
}

test_a_refused_file_is_a_doubt_for_every_keyword if {
	refused := {"sysctl": null, "sshd": {"settings": {}, "conditional": [], "refused": ["line 3: bad value"]}}
	count(host.sshd("PermitRootLogin")) == 0 with input as refused
	count(host.sshd_doubts("PermitRootLogin")) == 1 with input as refused
}
