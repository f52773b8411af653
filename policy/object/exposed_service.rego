# METADATA
# scope: package
# title: Service reachable from outside of the cluster
# description: >-
#   A Service of type NodePort listens on every node, past the ingress and what it checks; one of type LoadBalancer
#   usually gets a public address. What was meant for the cluster alone, an admin page or a database, is then found
#   by scanners within hours.
# related_resources:
# - https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types
# - https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer
# custom:
#   id: exposed-service
#   severity: medium
#   default: false
#   kinds: [Service]
#   remediation: >-
#     Use type ClusterIP behind an Ingress or Gateway. Otherwise ask the cloud for an internal load balancer, or list
#     the client networks in `spec.loadBalancerSourceRanges`.
package policy.object.exposed_service

import data.policy.lib.value

deny contains {"message": message, "path": ["spec", "type"]} if {
	input.object.kind == "Service"
	input.object.apiVersion == "v1"
	type := spec.type
	type in {"LoadBalancer", "NodePort"}
	not within
	not limited
	message := sprintf("this Service is reachable from outside of the cluster: type `%s`", [type])
}

spec := value.mapping(input.object, "spec")

limited if {
	ranges := value.list(spec, "loadBalancerSourceRanges")
	count(ranges) > 0
	spec.type == "LoadBalancer"
	count({range | some range in ranges; range in {"0.0.0.0/0", "::/0"}}) == 0
}

# What clouds call a load balancer without public address.
internal_annotations := {
	"cloud.google.com/load-balancer-type": {"Internal", "internal"},
	"networking.gke.io/load-balancer-type": {"Internal", "internal"},
	"service.beta.kubernetes.io/aws-load-balancer-internal": {"0.0.0.0/0", "true"},
	"service.beta.kubernetes.io/aws-load-balancer-scheme": {"internal"},
	"service.beta.kubernetes.io/azure-load-balancer-internal": {"true"},
	"service.beta.kubernetes.io/cce-load-balancer-internal-vpc": {"true"},
	"service.beta.kubernetes.io/oci-load-balancer-internal": {"true"},
	"service.beta.kubernetes.io/openstack-internal-load-balancer": {"true"},
	"service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type": {"private"},
}

within if {
	some name, text in value.mapping(value.mapping(input.object, "metadata"), "annotations")
	text in internal_annotations[name]
	spec.type == "LoadBalancer"
}
