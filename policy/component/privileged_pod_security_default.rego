# METADATA
# scope: package
# title: Namespaces without labels allow privileged pods
# description: >-
#   PodSecurity enforces a level only where a namespace asks for one. In every namespace without the label, whoever may
#   create a pod may make it root of its node. The defaults of its configuration close that gap.
# related_resources:
# - https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-admission-controller/
# - https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
# custom:
#   id: privileged-pod-security-default
#   severity: medium
#   default: false
#   kinds: [kube-apiserver]
#   remediation: >-
#     Name a PodSecurityConfiguration with `defaults.enforce: baseline` or `restricted` in the file of
#     `--admission-control-config-file`.
package policy.component.privileged_pod_security_default

import data.policy.lib.component

flag := "admission-control-config-file"

consequence := "namespaces without labels allow privileged pods"

deny contains component.finding(flag, consequence) if {
	component.runs("kube-apiserver")
	component.known(flag)
	not component.names_file(flag)
}

deny contains {"message": message, "path": ["files", flag, "plugins"]} if {
	component.runs("kube-apiserver")
	component.file(flag).podSecurity == "unset"
	message := sprintf("the admission configuration has no entry for PodSecurity, so that %s", [consequence])
}

deny contains {"message": message, "path": ["files", flag, "plugins", i]} if {
	component.runs("kube-apiserver")
	component.file(flag).podSecurity.known.defaults.enforce == "privileged"
	i := min({n | some n, plugin in component.file(flag).plugins; plugin.name == "PodSecurity"})
	message := sprintf("the default level of PodSecurity is `privileged`, so that %s", [consequence])
}

unknown contains problem if some problem in component.file_doubts("kube-apiserver", flag)

unknown contains {"message": message, "path": ["settings", flag]} if {
	component.runs("kube-apiserver")
	message := sprintf("the configuration of PodSecurity is not known: %s", [component.file(flag).podSecurity.unknown])
}
