# METADATA
# scope: package
# title: Namespaces and their pods
# description: What the objects of a cluster say together about its namespaces.
package policy.lib.inventory

import data.policy.lib.selector
import data.policy.lib.value

# Namespaces that run pods.
running contains namespace if some namespace, _ in workloads

# Where to report what is missing in a namespace: its Namespace object, else its first workload.
anchor(namespace) := {"object": entry.id, "path": name_path(entry.object)} if {
	namespaces[namespace]
	entry := input.objects[min(namespaces[namespace])]
} else := {"object": entry.id, "path": name_path(entry.object)} if {
	workloads[namespace]
	entry := input.objects[min(workloads[namespace])]
}

# Namespace → positions of its Namespace objects.
namespaces := value.groups({[entry.object.metadata.name, i] |
	some i, entry in input.objects
	entry.object.kind == "Namespace"
	entry.object.apiVersion == "v1"
})

# Namespace → positions of the objects in it that hold pods.
workloads := value.groups({[entry.namespace, i] |
	some i, entry in input.objects
	count(entry.pods) > 0
	is_string(entry.namespace)
})

# No pod in the namespace has the labels, though it runs pods, and nothing there could bring them.
unmatched(namespace, requirements) if {
	judged := [requirement | some requirement in requirements; not requirement.key in given_labels]
	count(judged) > 0
	namespace in running
	not namespace in rendered_later
	not selects_pod(namespace, judged)
	not may_be_brought(namespace, requirements)
}

selects_pod(namespace, requirements) if {
	some id in candidates(namespace, requirements)
	selector.matches(requirements, pod_labels[id])
}

# Labels that controllers put on pods.
given_labels := {
	"apps.kubernetes.io/pod-index",
	"batch.kubernetes.io/controller-uid",
	"batch.kubernetes.io/job-completion-index",
	"batch.kubernetes.io/job-name",
	"controller-revision-hash",
	"controller-uid",
	"job-name",
	"pod-template-hash",
	"statefulset.kubernetes.io/pod-name",
}

name_path(object) := ["metadata", "name"] if {
	is_string(object.metadata.name)
} else := []

# [position of the object, position of its pod] → labels
pod_labels := {[i, j]: value.mapping(pod.metadata, "labels") |
	some i, entry in input.objects
	some j, pod in entry.pods
}

# The pods that may match: those with the rarest of the labels asked for.
candidates(namespace, requirements) := rarest([labelled[place] | some place in places], count(places)) if {
	places := [[namespace, requirement.key, requirement.values[0]] |
		some requirement in requirements
		requirement.operator == "In"
		count(requirement.values) == 1
	]
	count(places) > 0
} else := pods_in[namespace]

rarest(sets, wanted) := set() if {
	count(sets) < wanted
} else := [ids | some ids in sets; count(ids) == least][0] if {
	least := min([count(ids) | some ids in sets])
}

labelled := value.groups({[[namespace, name, text], id] |
	some id, labels in pod_labels
	namespace := input.objects[id[0]].namespace
	some name, text in labels
})

pods_in := value.groups({[input.objects[id[0]].namespace, id] | some id, _ in pod_labels})

# An operator gives its pods labels of the object that it makes them for: the one of a custom resource that shares a label
# with the selector may bring the pods at run time.
may_be_brought(namespace, requirements) if {
	some requirement in requirements
	some text in requirement.values
	[namespace, requirement.key, text] in custom_labels
}

custom_labels contains [entry.namespace, name, text] if {
	some entry in custom_resources
	some metadata in [
		value.mapping(entry.object, "metadata"),
		value.mapping(value.mapping(entry.object, "spec"), "podMetadata"),
	]
	some name, text in value.mapping(metadata, "labels")
}

custom_resources := [entry |
	some entry in input.objects
	count(entry.pods) == 0
	group := split(entry.object.apiVersion, "/")[0]
	contains(group, ".")
	not endswith(group, ".k8s.io")
	not group in groups_without_pods
	not entry.object.kind in kinds_without_pods
]

groups_without_pods := {
	"bitnami.com",
	"cert-manager.io",
	"cilium.io",
	"configuration.konghq.com",
	"external-secrets.io",
	"generators.external-secrets.io",
	"keda.sh",
	"kyverno.io",
	"metallb.io",
	"networking.gke.io",
	"networking.istio.io",
	"projectcalico.org",
	"security.istio.io",
	"traefik.io",
	"traefik.containo.us",
}

kinds_without_pods := {"AlertmanagerConfig", "GrafanaDashboard", "PodMonitor", "Probe", "PrometheusRule", "ScrapeConfig", "ServiceMonitor"}

# Namespaces that a chart or an application fills, with objects that are in no file.
rendered_later contains namespace if {
	some entry in input.objects
	entry.object.kind in {"Application", "HelmChart", "HelmRelease", "Kustomization"}
	some namespace in {
		entry.namespace,
		value.text(value.mapping(entry.object, "spec"), "targetNamespace"),
		value.text(value.mapping(value.mapping(entry.object, "spec"), "destination"), "namespace"),
	}
}
