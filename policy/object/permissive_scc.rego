# METADATA
# scope: package
# title: Security context constraints allow too much
# description: >-
#   On OpenShift, security context constraints say what a pod may ask for. Whoever may use ones that allow privileged
#   containers, the namespaces of the node or any user creates such a pod, and has the node. Those that come with OpenShift
#   cover most needs; a new one is for one workload and should allow what that one needs, to its own service account.
# related_resources:
#   - https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/authentication_and_authorization/managing-pod-security-policies
# custom:
#   id: permissive-scc
#   severity: high
#   kinds: [SecurityContextConstraints]
#   remediation: >-
#     Start from `restricted-v2` and allow the one thing that is needed. Give access to the service account of the workload
#     with a Role that has the verb `use`, not to a group of everybody.
package policy.object.permissive_scc

import data.policy.lib.value

deny contains {"message": sprintf("these constraints allow %s (`%s: true`)", [what, member]), "path": [member]} if {
	constraints
	some member, what in switches
	input.object[member] == true
}

deny contains {"message": "these constraints allow any user (`runAsUser: RunAsAny`)", "path": ["runAsUser", "type"]} if {
	constraints
	value.mapping(input.object, "runAsUser").type == "RunAsAny"
}

deny contains {"message": message, "path": ["allowedCapabilities", i]} if {
	constraints
	some i, capability in value.list(input.object, "allowedCapabilities")
	capability != "NET_BIND_SERVICE"
	message := sprintf("these constraints allow the capability `%v`", [capability])
}

deny contains {"message": message, "path": ["groups", i]} if {
	constraints
	some i, group in value.list(input.object, "groups")
	group in {"system:authenticated", "system:serviceaccounts", "system:unauthenticated"}
	message := sprintf("these constraints are open to everybody (`%s`)", [group])
}

constraints if {
	input.object.kind == "SecurityContextConstraints"
	input.object.apiVersion in {"security.openshift.io/v1", "v1"}
}

switches := {
	"allowHostDirVolumePlugin": "paths of the node as volumes",
	"allowHostIPC": "the IPC namespace of the node",
	"allowHostNetwork": "the network of the node",
	"allowHostPID": "the process namespace of the node",
	"allowHostPorts": "ports of the node",
	"allowPrivilegeEscalation": "gaining privileges",
	"allowPrivilegedContainer": "privileged containers",
}
