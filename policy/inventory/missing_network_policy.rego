# METADATA
# scope: package
# title: Namespace without a NetworkPolicy
# description: >-
#   Pods that no NetworkPolicy selects take connections from every pod of the cluster and may connect to anything,
#   the metadata service of the cloud included. One broken web application then talks to every database and to the
#   API server.
# related_resources:
# - https://kubernetes.io/docs/concepts/services-networking/network-policies/
# - https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies
# custom:
#   id: missing-network-policy
#   severity: medium
#   remediation: >-
#     Add a policy to the namespace that selects all pods and allows nothing, and policies beside it for the
#     connections that are needed.
package policy.inventory.missing_network_policy

import data.policy.lib.inventory

deny contains {"message": message, "path": anchor.path, "object": anchor.object} if {
	some namespace in reachable
	not namespace in protected
	not everywhere
	anchor := inventory.anchor(namespace)
	message := sprintf("namespace `%s` runs pods and has no NetworkPolicy", [namespace])
}

# Policies do not apply to pods in the network of their node.
reachable contains entry.namespace if {
	some entry in input.objects
	is_string(entry.namespace)
	some pod in entry.pods
	object.get(pod.spec, "hostNetwork", false) != true
}

protected contains entry.namespace if {
	some entry in input.objects
	entry.object.kind in {"NetworkPolicy", "CiliumNetworkPolicy"}
}

# Kinds of network plugins that speak for all namespaces at once. Whether they cover each is theirs to say.
everywhere if {
	some entry in input.objects
	entry.object.kind in {
		"AdminNetworkPolicy",
		"BaselineAdminNetworkPolicy",
		"CiliumClusterwideNetworkPolicy",
		"ClusterNetworkPolicy",
		"GlobalNetworkPolicy",
	}
}
