# METADATA
# scope: package
# title: Service with external IPs
# description: >-
#   Every node sends traffic for the addresses in `externalIPs` to the Service, whoever owns them. Whoever may create
#   Services therefore takes over connections of other pods to any address, the one of a database or of a package
#   mirror, and reads what is sent (CVE-2020-8554).
# related_resources:
# - https://github.com/kubernetes/kubernetes/issues/97076
# - https://kubernetes.io/docs/concepts/services-networking/service/#external-ips
# custom:
#   id: external-ips
#   severity: medium
#   kinds: [Service]
#   parameters:
#     allowedIPs:
#       description: >-
#         Addresses that Services may take.
#       default: []
#   remediation: >-
#     Use a LoadBalancer, an Ingress or a Gateway. Where the addresses are the cluster's own, list them in the
#     parameter `allowedIPs`.
package policy.object.external_ips

import data.policy.lib.value

allowed := {address | some address in data.parameters["external-ips"].allowedIPs}

deny contains {"message": message, "path": ["spec", "externalIPs", i]} if {
	input.object.kind == "Service"
	input.object.apiVersion == "v1"
	some i, address in value.list(value.mapping(input.object, "spec"), "externalIPs")
	not address in allowed
	message := sprintf("the nodes send traffic for `%v` to this Service, whoever owns the address", [address])
}
