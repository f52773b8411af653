# METADATA
# scope: package
# title: Every account may sign in over SSH
# description: >-
#   Accounts of services and forgotten ones are as good as any other to an attacker.
# related_resources:
# - https://man.openbsd.org/sshd_config#AllowUsers
# custom:
#   id: unlimited-ssh-users
#   severity: low
#   default: false
#   remediation: >-
#     Name users or groups in `AllowUsers` or `AllowGroups`.
package policy.host.unlimited_ssh_users

import data.policy.lib.host

keywords := {"AllowUsers", "AllowGroups", "DenyUsers", "DenyGroups"}

deny contains {"message": "every account of the node may sign in", "path": ["sshd", "settings", "allowusers"]} if {
	host.sshd_runs
	written := {keyword |
		some keyword in keywords
		some place in host.sshd(keyword)
		not place.setting.value in {null, "", []}
	}
	count(written) == 0
}

unknown contains problem if {
	some keyword in keywords
	some problem in host.sshd_doubts(keyword)
}
