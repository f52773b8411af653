# METADATA
# scope: package
# title: Shared media is off
# description: >-
#   The benchmark asks for the kernel's default, which says that several networks may share one wire.
# related_resources:
# - https://docs.kernel.org/networking/ip-sysctl.html
# - https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
# custom:
#   id: disabled-shared-media
#   severity: info
#   default: false
#   parameters:
#     keys:
#       description: >-
#         The parameters that are judged.
#       default: ["net.ipv4.conf.all.shared_media", "net.ipv4.conf.default.shared_media"]
#   remediation: >-
#     Remove `shared_media = 0`.
package policy.host.disabled_shared_media

import data.policy.lib.host

keys := data.parameters["disabled-shared-media"].keys

deny contains host.sysctl_finding(parameter, "redirects between networks on one wire are judged otherwise") if {
	some parameter in host.sysctl(keys)
	parameter.value != 1
}

unknown contains problem if some problem in host.sysctl_doubts(keys)
