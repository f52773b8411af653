# METADATA
# scope: package
# title: Bogus ICMP errors fill the log
# description: >-
#   Answers to broadcasts that break the rules are logged one by one. Whoever sends them fills the disk and hides other
#   messages.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: logged-bogus-icmp
#   severity: low
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv4.icmp_ignore_bogus_error_responses"]
#   remediation: >-
#     Set `net.ipv4.icmp_ignore_bogus_error_responses = 1`.
package policy.host.logged_bogus_icmp

import data.policy.lib.host

keys := data.parameters["logged-bogus-icmp"].keys

deny contains host.sysctl_finding(parameter, "forged errors fill the log") if {
	some parameter in host.sysctl(keys)
	parameter.value != 1
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
