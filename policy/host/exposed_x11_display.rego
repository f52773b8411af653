# METADATA
# scope: package
# title: Forwarded displays are open to the network
# description: >-
#   A forwarded display that listens on every address lets others read keys and screens of users.
# related_resources:
# - https://man.openbsd.org/sshd_config#X11UseLocalhost
# custom:
#   id: exposed-x11-display
#   severity: low
#   default: false
#   remediation: >-
#     Set `X11UseLocalhost yes`.
package policy.host.exposed_x11_display

import data.policy.lib.host

deny contains host.sshd_finding("X11UseLocalhost", place, "others reach the screens of users") if {
	some place in host.forwarding("X11UseLocalhost")
	host.words(place) != {"yes"}
}

unknown contains problem if some problem in host.sshd_doubts("X11UseLocalhost")
