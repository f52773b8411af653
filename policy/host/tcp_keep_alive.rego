# METADATA
# scope: package
# title: SSH watches connections with forgeable packets
# description: >-
#   TCP keep-alives are outside the encryption and can be forged to keep a connection up. sshd has encrypted ones.
# related_resources:
# - https://man.openbsd.org/sshd_config#TCPKeepAlive
# custom:
#   id: tcp-keep-alive
#   severity: info
#   default: false
#   remediation: >-
#     Set `TCPKeepAlive no` and use `ClientAliveInterval`.
package policy.host.tcp_keep_alive

import data.policy.lib.host

deny contains host.sshd_finding("TCPKeepAlive", place, "dead connections can be made to look alive") if {
	some place in host.sshd("TCPKeepAlive")
	host.words(place) != {"no"}
}

unknown contains problem if some problem in host.sshd_doubts("TCPKeepAlive")
