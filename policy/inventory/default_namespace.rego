# METADATA
# scope: package
# title: Object in the default namespace
# description: >-
#   The namespace `default` is where things land that nobody placed. Roles, quotas, network policies and pod security
#   are bound to namespaces, so what shares one cannot be kept apart: a role for one application there is a role for
#   all.
# related_resources:
# - https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
# - https://kubernetes.io/docs/concepts/security/multi-tenancy/#namespaces
# custom:
#   id: default-namespace
#   severity: low
#   default: false
#   remediation: >-
#     Give the application a namespace of its own, in `metadata.namespace`, in the kustomization, or as the cluster's
#     namespace in the configuration.
package policy.inventory.default_namespace

deny contains {"message": message, "path": ["metadata", "namespace"], "object": entry.id} if {
	some entry in input.objects
	entry.namespace == "default"
	not guards(entry.object)
	message := "the object is in namespace `default`, which everything without a place shares"
}

# What every cluster has there, and what protects the namespace from those who use it.
guards(object) if object.kind in {"LimitRange", "NetworkPolicy", "ResourceQuota"}

guards(object) if {
	object.kind in {"Endpoints", "EndpointSlice", "Service"}
	object.metadata.name == "kubernetes"
}

guards(object) if {
	object.kind == "ServiceAccount"
	object.metadata.name == "default"
}

guards(object) if {
	object.kind == "ConfigMap"
	object.metadata.name == "kube-root-ca.crt"
}
