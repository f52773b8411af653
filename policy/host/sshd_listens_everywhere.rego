# METADATA
# scope: package
# title: SSH listens on every address
# description: >-
#   A node with several networks then takes logins from all of them, also from the one that its pods or its customers
#   are on.
# related_resources:
# - https://man.openbsd.org/sshd_config#ListenAddress
# custom:
#   id: sshd-listens-everywhere
#   severity: low
#   default: false
#   remediation: >-
#     Name the address of the management network in `ListenAddress`.
package policy.host.sshd_listens_everywhere

import data.policy.lib.host

deny contains {"message": "sshd listens on every address of the node", "path": ["sshd", "settings", "listenaddress"]} if {
	some place in host.sshd("ListenAddress")
	place.setting.origin in {"default", "unset"}
}

unknown contains problem if some problem in host.sshd_doubts("ListenAddress")
