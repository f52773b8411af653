# METADATA
# scope: package
# title: Admission plugins
# description: Which admission plugins the API server runs with its flags.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
package policy.lib.admission

import data.policy.lib.component

# The API server runs the plugin. Undefined also where the flags are not known: see `doubts`.
enabled(plugin) if {
	decided
	plugin in effective
}

disabled(plugin) if {
	decided
	not plugin in effective
}

# A violation: the plugin runs or does not run, at the flag that decides it.
finding(plugin, state, consequence) := {
	"message": sprintf("the admission plugin `%s` is %s, so that %s", [plugin, state, consequence]),
	"path": ["settings", place(plugin, state)],
}

doubts := component.doubts("kube-apiserver", flags)

flags := {"enable-admission-plugins", "disable-admission-plugins", "admission-control"}

decided if {
	component.runs("kube-apiserver")
	every flag in flags {
		component.known(flag)
	}
}

# The list of the old flag `--admission-control` stands for itself; the newer flags change what is on by default.
effective := listed("admission-control") if {
	component.written("admission-control")
} else := (on_by_default | listed("enable-admission-plugins")) - listed("disable-admission-plugins")

listed(flag) := {plugin | some plugin in component.value(flag)} if {
	is_array(component.value(flag))
} else := set()

place(_, _) := "admission-control" if component.written("admission-control")

place(plugin, "off") := "disable-admission-plugins" if {
	not component.written("admission-control")
	plugin in listed("disable-admission-plugins")
} else := "enable-admission-plugins" if {
	not component.written("admission-control")
}

place(_, "on") := "enable-admission-plugins" if not component.written("admission-control")

# Kubernetes 1.33; earlier versions lack some of the later ones.
on_by_default := {
	"CertificateApproval",
	"CertificateSigning",
	"CertificateSubjectRestriction",
	"ClusterTrustBundleAttest",
	"DefaultIngressClass",
	"DefaultStorageClass",
	"DefaultTolerationSeconds",
	"LimitRanger",
	"MutatingAdmissionPolicy",
	"MutatingAdmissionWebhook",
	"NamespaceLifecycle",
	"PersistentVolumeClaimResize",
	"PodSecurity",
	"PodTopologyLabels",
	"Priority",
	"ResourceQuota",
	"RuntimeClass",
	"ServiceAccount",
	"StorageObjectInUseProtection",
	"TaintNodesByCondition",
	"ValidatingAdmissionPolicy",
	"ValidatingAdmissionWebhook",
}
