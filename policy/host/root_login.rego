# METADATA
# scope: package
# title: Root may sign in over SSH
# description: >-
#   Every attacker knows the name root, and whoever gets its password or key has the node. The log then shows that root
#   did it, and not who.
# related_resources:
# - https://man.openbsd.org/sshd_config#PermitRootLogin
# custom:
#   id: root-login
#   severity: high
#   parameters:
#     allowed:
#       description: >-
#         Values that are accepted. `sshd -T` says `without-password` for `prohibit-password`.
#       default: ["no"]
#   remediation: >-
#     Set `PermitRootLogin no`; sign in as yourself and use sudo.
package policy.host.root_login

import data.policy.lib.host

deny contains host.sshd_finding("PermitRootLogin", place, "root can sign in from the network") if {
	some place in host.sshd("PermitRootLogin")
	some word in host.words(place)
	not word in data.parameters["root-login"].allowed
}

unknown contains problem if some problem in host.sshd_doubts("PermitRootLogin")
