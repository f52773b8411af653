# METADATA
# scope: package
# title: API server answers requests without credentials
# description: >-
#   A request without credentials is not turned away but becomes the user `system:anonymous`. One binding to that user
#   or its group, made by mistake or by an intruder, then opens the cluster to everybody who reaches the port, and every
#   flaw that needs no login is within reach. An authentication configuration that lets in only the health checks is
#   accepted.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: anonymous-auth
#   severity: medium
#   kinds: [kube-apiserver]
#   parameters:
#     absent:
#       description: >-
#         What it means that nothing is written: `default` judges the default of the component, `pass` and `fail`
#         decide.
#       default: default
#   remediation: >-
#     Set `--anonymous-auth=false`. Probes that need it get an authentication configuration with `anonymous.conditions`
#     for `/healthz`, `/livez` and `/readyz`.
package policy.component.anonymous_auth

import data.policy.lib.component

absent := data.parameters["anonymous-auth"].absent

# What probes ask for, and what tells nobody anything.
health_checks := {"/healthz", "/livez", "/readyz"}

file := "authentication-config"

deny contains component.finding("anonymous-auth", "anybody may send it requests") if {
	not file_decides
	not unread
	component.differs(component.judged("kube-apiserver", "anonymous-auth", absent), false)
}

deny contains {"message": message, "path": ["files", file, "anonymous", "enabled"]} if {
	file_decides
	anonymous.enabled == true
	not only_health_checks
	message := "the authentication configuration lets anybody send requests without credentials"
}

unknown contains problem if some problem in component.doubts("kube-apiserver", {"anonymous-auth"})

unknown contains problem if {
	unread
	some problem in component.file_doubts("kube-apiserver", file)
}

anonymous := component.file(file).anonymous

file_decides if {
	component.runs("kube-apiserver")
	is_object(anonymous)
}

# The file may decide, and is not there. It cannot where the flag is given: the API server refuses both.
unread if {
	not component.written("anonymous-auth")
	count(component.file_doubts("kube-apiserver", file)) > 0
}

only_health_checks if {
	count(anonymous.paths) > 0
	every path in anonymous.paths {
		path in health_checks
	}
}
