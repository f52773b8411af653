# METADATA
# scope: package
# title: What platforms bring along
# description: >-
#   Roles and bindings that Kubernetes or a distribution installs and needs as they are. Names are exact, because a prefix
#   would let anybody hide a role behind it.
# related_resources:
# - https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
# - https://docs.aws.amazon.com/eks/latest/userguide/default-roles-users.html
# - https://learn.microsoft.com/azure/aks/concepts-identity
package policy.lib.platform

import data.policy.lib.value

# The role is one that the platform installs.
owns_role(role) if role.metadata.name in known_roles

# The binding is one that the platform installs, and the subject one that it has there.
owns_subject(binding, subject) if subject_key(subject) in known_subjects[binding.metadata.name]

# `Group/system:masters`, `ServiceAccount/kube-system/job-controller`
subject_key(subject) := sprintf("ServiceAccount/%s/%s", [value.text(subject, "namespace"), value.text(subject, "name")]) if {
	subject.kind == "ServiceAccount"
} else := sprintf("%s/%s", [value.text(subject, "kind"), value.text(subject, "name")])

# Rules of the roles that users bind although no file defines them, as far as they give rights over others.
user_roles := {
	"cluster-admin": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
	"admin": array.concat(edit_rules, [{
		"apiGroups": ["rbac.authorization.k8s.io"],
		"resources": ["roles", "rolebindings"],
		"verbs": ["create", "delete", "get", "list", "patch", "update", "watch"],
	}]),
	"edit": edit_rules,
	"view": [{"apiGroups": [""], "resources": ["configmaps", "pods", "pods/log", "services"], "verbs": ["get", "list", "watch"]}],
}

# Which ClusterRoles those of `user_roles` take in by their labels, beside the rules above.
user_role_labels := {
	"admin": "rbac.authorization.k8s.io/aggregate-to-admin",
	"edit": "rbac.authorization.k8s.io/aggregate-to-edit",
	"view": "rbac.authorization.k8s.io/aggregate-to-view",
}

edit_rules := [
	{"apiGroups": [""], "resources": ["secrets"], "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"]},
	{"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["create", "delete", "impersonate", "patch", "update"]},
	{"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]},
	{
		"apiGroups": [""],
		"resources": ["pods", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy"],
		"verbs": ["create", "delete", "get", "list", "patch", "update", "watch"],
	},
	{
		"apiGroups": ["apps"],
		"resources": ["daemonsets", "deployments", "replicasets", "statefulsets"],
		"verbs": ["create", "delete", "patch", "update"],
	},
	{"apiGroups": ["batch"], "resources": ["cronjobs", "jobs"], "verbs": ["create", "delete", "patch", "update"]},
]

# Distributions to consider: the cluster's own, or all of them where it is not known.
distributions := {"kubernetes", input.cluster.platform} if is_string(input.cluster.platform)

distributions := object.keys(roles) if not is_string(object.get(input, ["cluster", "platform"], null))

known_roles := {role | some name in distributions; some role in roles[name]}

known_subjects := value.groups({[binding, subject] |
	some name in distributions
	some binding, subjects in bindings[name]
	some subject in subjects
})

roles := {
	"kubernetes": {
		"admin", "cluster-admin", "edit", "view",
		"system:aggregate-to-admin", "system:aggregate-to-edit", "system:aggregate-to-view",
		"system:auth-delegator", "system:basic-user", "system:discovery", "system:heapster", "system:kube-aggregator",
		"system:kube-controller-manager", "system:kube-dns", "system:kube-scheduler", "system:kubelet-api-admin",
		"system:monitoring", "system:node", "system:node-bootstrapper", "system:node-problem-detector", "system:node-proxier",
		"system:persistent-volume-provisioner", "system:public-info-viewer", "system:service-account-issuer-discovery",
		"system:volume-scheduler", "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
		"system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
		"system:certificates.k8s.io:kube-apiserver-client-approver",
		"system:certificates.k8s.io:kube-apiserver-client-kubelet-approver",
		"system:certificates.k8s.io:kubelet-serving-approver", "system:certificates.k8s.io:legacy-unknown-approver",
		"system:controller:attachdetach-controller", "system:controller:certificate-controller",
		"system:controller:clusterrole-aggregation-controller", "system:controller:cronjob-controller",
		"system:controller:daemon-set-controller", "system:controller:deployment-controller",
		"system:controller:device-taint-eviction-controller", "system:controller:disruption-controller",
		"system:controller:endpoint-controller", "system:controller:endpointslice-controller",
		"system:controller:endpointslicemirroring-controller", "system:controller:ephemeral-volume-controller",
		"system:controller:expand-controller", "system:controller:generic-garbage-collector",
		"system:controller:horizontal-pod-autoscaler", "system:controller:job-controller",
		"system:controller:legacy-service-account-token-cleaner", "system:controller:namespace-controller",
		"system:controller:node-controller", "system:controller:persistent-volume-binder",
		"system:controller:pod-garbage-collector", "system:controller:pv-protection-controller",
		"system:controller:pvc-protection-controller", "system:controller:replicaset-controller",
		"system:controller:replication-controller", "system:controller:resource-claim-controller",
		"system:controller:resourcequota-controller", "system:controller:root-ca-cert-publisher",
		"system:controller:route-controller", "system:controller:selinux-warning-controller",
		"system:controller:service-account-controller", "system:controller:service-cidrs-controller",
		"system:controller:service-controller", "system:controller:statefulset-controller",
		"system:controller:storage-version-migrator-controller", "system:controller:ttl-after-finished-controller",
		"system:controller:ttl-controller", "system:controller:validatingadmissionpolicy-status-controller",
		"system:controller:volumeattributesclass-protection-controller",
		"system::leader-locking-kube-controller-manager", "system::leader-locking-kube-scheduler",
		"system:controller:bootstrap-signer", "system:controller:cloud-provider", "system:controller:token-cleaner",
		"extension-apiserver-authentication-reader",
	},
	"kubeadm": {
		"kubeadm:bootstrap-signer-clusterinfo", "kubeadm:get-nodes", "kubeadm:kubeadm-certs", "kubeadm:kubeadm-config",
		"kubeadm:kubelet-config", "kubeadm:nodes-kubeadm-config", "system:coredns",
	},
	"eks": {
		"aws-node", "eks:addon-manager", "eks:addon-cluster-admin", "eks:az-poller", "eks:certificate-controller",
		"eks:certificate-controller-approver", "eks:certificate-controller-manager", "eks:cloud-controller-manager",
		"eks:cloud-provider-extraction-migration", "eks:cluster-event-watcher", "eks:coredns-autoscaler",
		"eks:extension-metrics-apiserver", "eks:fargate-manager", "eks:fargate-scheduler", "eks:k8s-metrics",
		"eks:network-policy-controller", "eks:node-bootstrapper", "eks:node-manager", "eks:nodewatcher", "eks:pod-identity-mutating-webhook",
		"eks:service-operations", "eks:service-operations-configmaps", "eks:tagging-controller", "vpc-resource-controller-role",
	},
	"gke": {
		"cloud-provider", "external-metrics-reader", "gce:beta:kubelet-certificate-bootstrap",
		"gce:beta:kubelet-certificate-rotation", "gce:cloud-provider", "gce:podsecuritypolicy:privileged", "kubelet-api-admin",
		"pdcsi-snapshotter-role", "read-updateinfo", "snapshot-controller-runner", "storage-version-migration-crd-creator",
		"storage-version-migration-initializer", "storage-version-migration-migrator", "storage-version-migration-trigger",
		"system:gke-common-webhooks", "system:gke-controller", "system:gke-master-healthcheck", "system:gke-master-resourcequota",
		"system:glbc-status", "system:gcp-controller-manager", "system:managed-certificate-controller",
		"system:clustermetrics", "system:kubestore-collector", "system:cluster-autoscaler", "system:slo-monitor",
	},
	"aks": {
		"aks-service", "aks-secretprovidersyncing-role", "container-health-log-reader", "policy-agent",
		"system:azure-cloud-provider", "system:azure-cloud-provider-secret-getter", "system:coredns-autoscaler",
		"system:metrics-server", "system:persistent-volume-secret-operator", "system:prometheus",
	},
	"k3s": {
		"cloud-controller-manager", "k3s-cloud-controller-manager", "local-path-provisioner-role", "system:coredns",
		"system:k3s-controller", "system:metrics-server", "traefik-kube-system",
	},
	"rke2": {
		"cloud-controller-manager", "rke2-cloud-controller-manager", "rke2-coredns-rke2-coredns", "system:rke2-controller",
		"system:rke2-metrics-server", "rke2-ingress-nginx",
	},
}

bindings := {
	"kubernetes": {
		"cluster-admin": {"Group/system:masters"},
		"system:basic-user": {"Group/system:authenticated"},
		"system:discovery": {"Group/system:authenticated"},
		"system:public-info-viewer": {"Group/system:authenticated", "Group/system:unauthenticated"},
		"system:service-account-issuer-discovery": {"Group/system:serviceaccounts"},
	},
	"kubeadm": {
		"kubeadm:bootstrap-signer-clusterinfo": {"User/system:anonymous"},
		"kubeadm:cluster-admins": {"Group/kubeadm:cluster-admins"},
	},
	"eks": {"eks:addon-cluster-admin": {"User/eks:addon-manager"}},
	"gke": {
		"gke-master-resourcequota": {"User/system:gke-master-resourcequota"},
		"system:gke-controller": {"User/system:gke-controller"},
		"storage-version-migration-migrator-v2": {"User/system:storageversionmigrator"},
		"storage-version-migration-migrator": {"User/system:storageversionmigrator"},
	},
	"aks": {
		"aks-cluster-admin-binding": {"User/clusterAdmin", "User/masterclient"},
		"aks-cluster-admin-binding-aad": {"User/clusterAdmin"},
		"aks-service-rolebinding": {"User/aks-support"},
	},
	"k3s": {
		"helm-kube-system-traefik": {"ServiceAccount/kube-system/helm-traefik"},
		"helm-kube-system-traefik-crd": {"ServiceAccount/kube-system/helm-traefik-crd"},
		"kube-apiserver-kubelet-admin": {"User/kube-apiserver"},
	},
	"rke2": {"kube-apiserver-kubelet-admin": {"User/kube-apiserver"}},
}
