# METADATA
# scope: package
# title: Container runs as a user that is not on the list
# description: >-
#   Where teams share a cluster or a file server, each has numbers of its own for its users, and files are protected by
#   them. A workload that takes a number of another team reads and writes that team's volumes. Silent as long as no range is
#   listed.
# related_resources:
#   - https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
#   - https://open-policy-agent.github.io/gatekeeper-library/website/validation/users
# custom:
#   id: unlisted-user
#   severity: medium
#   remediation: >-
#     Set `runAsUser` to a number of the listed ranges.
#   parameters:
#     ranges:
#       description: >-
#         Ranges of user ids that containers may have, each `{min: …, max: …}` with both ends included.
#       default: []
package policy.pod.unlisted_user

import data.policy.lib.pod

deny contains violation if {
	count(ranges) > 0
	some container in input.pod.containers
	user := container.effective.runAsUser
	not listed(user.value)
	violation := {
		"message": sprintf("%s sets the user %v, which is in no range of the list", [owner(container, user), user.value]),
		"path": user.path,
	}
}

deny contains violation if {
	count(ranges) > 0
	not pod.windows
	some container in input.pod.containers
	not container.effective.runAsUser
	violation := {
		"message": sprintf("%s sets no user, and some are on a list", [pod.label(container)]),
		"path": array.concat(container.path, ["securityContext", "runAsUser"]),
	}
}

ranges := data.parameters["unlisted-user"].ranges

listed(user) if {
	some range in ranges
	user >= range.min
	user <= range.max
}

owner(_, user) := "the pod" if user.origin == "pod"

owner(container, user) := pod.label(container) if user.origin == "container"
