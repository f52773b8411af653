# METADATA
# scope: package
# title: Workload in a namespace of the system
# description: >-
#   `kube-system`, `kube-public` and `kube-node-lease` belong to Kubernetes. Policies, quotas and network rules often leave
#   them out, so that what runs there runs unchecked, and whoever takes over a pod there is beside the service accounts and
#   Secrets of the control plane. Which add-ons belong there is for the cluster's owner to say; those that Kubernetes and
#   the providers install are known.
# related_resources:
#   - https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces
# custom:
#   id: workload-in-system-namespace
#   severity: low
#   default: false
#   remediation: >-
#     Give the workload a namespace of its own, with labels for the Pod Security Standards and a NetworkPolicy.
package policy.inventory.workload_in_system_namespace

import data.policy.lib.value

deny contains {"message": message, "path": ["metadata", "name"], "object": entry.id} if {
	some entry in input.objects
	entry.namespace in {"kube-node-lease", "kube-public", "kube-system"}
	count(entry.pods) > 0
	name := value.text(value.mapping(entry.object, "metadata"), "name")
	not name in owned
	message := sprintf("`%s` runs in the namespace `%s`, which belongs to Kubernetes", [name, entry.namespace])
}

# What Kubernetes, its providers and network plugins run there under these very names.
owned := {
	"aws-node", "azure-cni-networkmonitor", "azure-ip-masq-agent", "calico-kube-controllers", "calico-node", "calico-typha", "canal",
	"cilium", "cilium-envoy", "cilium-operator", "cloud-controller-manager", "cloud-node-manager", "coredns", "coredns-autoscaler",
	"csi-azuredisk-node", "csi-azurefile-node", "ebs-csi-controller", "ebs-csi-node", "efs-csi-controller", "efs-csi-node",
	"eks-pod-identity-agent", "etcd", "event-exporter-gke", "fluentbit-gke", "gke-metadata-server", "gke-metrics-agent",
	"ip-masq-agent", "kindnet", "konnectivity-agent", "konnectivity-agent-autoscaler", "kube-apiserver",
	"kube-controller-manager", "kube-dns", "kube-dns-autoscaler", "kube-flannel-ds", "kube-proxy", "kube-router", "kube-scheduler",
	"kube-vip", "kube-vip-ds", "l7-default-backend", "local-path-provisioner", "metrics-server", "netd", "node-local-dns",
	"pdcsi-node", "snapshot-controller", "storage-provisioner", "svclb-traefik", "traefik", "vsphere-cloud-controller-manager",
	"weave-net",
}
