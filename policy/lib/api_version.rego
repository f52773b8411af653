# METADATA
# scope: package
# title: API versions
# description: >-
#   Which versions of Kubernetes serve which API versions: the minor version that deprecated a kind, the one that
#   removed it, what to use instead, and whether the new version differs in its name only.
# related_resources:
# - https://kubernetes.io/docs/reference/using-api/deprecation-guide/
package policy.lib.api_version

# The minor version of the cluster, else of the parameter: `29` of `v1.29.3`.
minor(assumed) := number(input.cluster.kubernetes) if {
	is_string(input.cluster.kubernetes)
} else := number(assumed)

# The Unicode classes of regular expressions (`\d`, `(?i)`) are not in every build of regorus.
number(version) := to_number(regex.find_all_string_submatch_n(`^v?1\.([0-9]+)`, version, 1)[0][1])

# What to do about an object's API version, for a message.
advice(known) := sprintf("; use `%s`", [known.use]) if {
	known.use != ""
} else := "; nothing took its place"

# The cure, where it is certain.
cure(known) := {"fix": {"op": "set", "value": known.use}} if {
	known.same
} else := {}

life(object) := lives[object.apiVersion][object.kind]

lives := {
	"extensions/v1beta1": {
		"DaemonSet": {"deprecated": 8, "removed": 16, "use": "apps/v1", "same": false},
		"Deployment": {"deprecated": 8, "removed": 16, "use": "apps/v1", "same": false},
		"ReplicaSet": {"deprecated": 8, "removed": 16, "use": "apps/v1", "same": false},
		"NetworkPolicy": {"deprecated": 9, "removed": 16, "use": "networking.k8s.io/v1", "same": true},
		"Ingress": {"deprecated": 14, "removed": 22, "use": "networking.k8s.io/v1", "same": false},
		"PodSecurityPolicy": {"deprecated": 10, "removed": 16, "use": "", "same": false},
	},
	"apps/v1beta1": {
		"ControllerRevision": {"deprecated": 8, "removed": 16, "use": "apps/v1", "same": false},
		"Deployment": {"deprecated": 8, "removed": 16, "use": "apps/v1", "same": false},
		"StatefulSet": {"deprecated": 8, "removed": 16, "use": "apps/v1", "same": false},
	},
	"apps/v1beta2": {
		"ControllerRevision": {"deprecated": 9, "removed": 16, "use": "apps/v1", "same": false},
		"DaemonSet": {"deprecated": 9, "removed": 16, "use": "apps/v1", "same": false},
		"Deployment": {"deprecated": 9, "removed": 16, "use": "apps/v1", "same": false},
		"ReplicaSet": {"deprecated": 9, "removed": 16, "use": "apps/v1", "same": false},
		"StatefulSet": {"deprecated": 9, "removed": 16, "use": "apps/v1", "same": false},
	},
	"batch/v2alpha1": {
		"CronJob": {"deprecated": 8, "removed": 21, "use": "batch/v1", "same": true},
	},
	"batch/v1beta1": {
		"CronJob": {"deprecated": 21, "removed": 25, "use": "batch/v1", "same": true},
	},
	"autoscaling/v2beta1": {
		"HorizontalPodAutoscaler": {"deprecated": 22, "removed": 25, "use": "autoscaling/v2", "same": false},
	},
	"autoscaling/v2beta2": {
		"HorizontalPodAutoscaler": {"deprecated": 23, "removed": 26, "use": "autoscaling/v2", "same": false},
	},
	"policy/v1beta1": {
		"PodDisruptionBudget": {"deprecated": 21, "removed": 25, "use": "policy/v1", "same": false},
		"PodSecurityPolicy": {"deprecated": 21, "removed": 25, "use": "", "same": false},
	},
	"networking.k8s.io/v1beta1": {
		"Ingress": {"deprecated": 19, "removed": 22, "use": "networking.k8s.io/v1", "same": false},
		"IngressClass": {"deprecated": 19, "removed": 22, "use": "networking.k8s.io/v1", "same": true},
		"IPAddress": {"deprecated": 34, "removed": 37, "use": "networking.k8s.io/v1", "same": true},
		"ServiceCIDR": {"deprecated": 34, "removed": 37, "use": "networking.k8s.io/v1", "same": true},
	},
	"admissionregistration.k8s.io/v1alpha1": {
		"InitializerConfiguration": {"deprecated": 13, "removed": 14, "use": "", "same": false},
		"ValidatingAdmissionPolicy": {"deprecated": 29, "removed": 32, "use": "admissionregistration.k8s.io/v1", "same": false},
		"ValidatingAdmissionPolicyBinding": {"deprecated": 29, "removed": 32, "use": "admissionregistration.k8s.io/v1", "same": false},
		"MutatingAdmissionPolicy": {"deprecated": 35, "removed": 38, "use": "admissionregistration.k8s.io/v1", "same": false},
		"MutatingAdmissionPolicyBinding": {"deprecated": 35, "removed": 38, "use": "admissionregistration.k8s.io/v1", "same": false},
	},
	"admissionregistration.k8s.io/v1beta1": {
		"MutatingWebhookConfiguration": {"deprecated": 16, "removed": 22, "use": "admissionregistration.k8s.io/v1", "same": false},
		"ValidatingWebhookConfiguration": {"deprecated": 16, "removed": 22, "use": "admissionregistration.k8s.io/v1", "same": false},
		"ValidatingAdmissionPolicy": {"deprecated": 31, "removed": 34, "use": "admissionregistration.k8s.io/v1", "same": true},
		"ValidatingAdmissionPolicyBinding": {"deprecated": 31, "removed": 34, "use": "admissionregistration.k8s.io/v1", "same": true},
		"MutatingAdmissionPolicy": {"deprecated": 37, "removed": 40, "use": "admissionregistration.k8s.io/v1", "same": false},
		"MutatingAdmissionPolicyBinding": {"deprecated": 37, "removed": 40, "use": "admissionregistration.k8s.io/v1", "same": false},
	},
	"apiextensions.k8s.io/v1beta1": {
		"CustomResourceDefinition": {"deprecated": 16, "removed": 22, "use": "apiextensions.k8s.io/v1", "same": false},
	},
	"apiregistration.k8s.io/v1beta1": {
		"APIService": {"deprecated": 19, "removed": 22, "use": "apiregistration.k8s.io/v1", "same": true},
	},
	"certificates.k8s.io/v1beta1": {
		"CertificateSigningRequest": {"deprecated": 19, "removed": 22, "use": "certificates.k8s.io/v1", "same": false},
		"ClusterTrustBundle": {"deprecated": 37, "removed": 40, "use": "certificates.k8s.io/v1", "same": false},
	},
	"coordination.k8s.io/v1beta1": {
		"Lease": {"deprecated": 19, "removed": 22, "use": "coordination.k8s.io/v1", "same": true},
	},
	"rbac.authorization.k8s.io/v1alpha1": {
		"ClusterRole": {"deprecated": 17, "removed": 23, "use": "rbac.authorization.k8s.io/v1", "same": false},
		"ClusterRoleBinding": {"deprecated": 17, "removed": 23, "use": "rbac.authorization.k8s.io/v1", "same": false},
		"Role": {"deprecated": 17, "removed": 23, "use": "rbac.authorization.k8s.io/v1", "same": false},
		"RoleBinding": {"deprecated": 17, "removed": 23, "use": "rbac.authorization.k8s.io/v1", "same": false},
	},
	"rbac.authorization.k8s.io/v1beta1": {
		"ClusterRole": {"deprecated": 17, "removed": 22, "use": "rbac.authorization.k8s.io/v1", "same": true},
		"ClusterRoleBinding": {"deprecated": 17, "removed": 22, "use": "rbac.authorization.k8s.io/v1", "same": true},
		"Role": {"deprecated": 17, "removed": 22, "use": "rbac.authorization.k8s.io/v1", "same": true},
		"RoleBinding": {"deprecated": 17, "removed": 22, "use": "rbac.authorization.k8s.io/v1", "same": true},
	},
	"scheduling.k8s.io/v1beta1": {
		"PriorityClass": {"deprecated": 14, "removed": 22, "use": "scheduling.k8s.io/v1", "same": true},
	},
	"storage.k8s.io/v1beta1": {
		"CSIDriver": {"deprecated": 19, "removed": 22, "use": "storage.k8s.io/v1", "same": true},
		"StorageClass": {"deprecated": 19, "removed": 22, "use": "storage.k8s.io/v1", "same": true},
		"VolumeAttachment": {"deprecated": 19, "removed": 22, "use": "storage.k8s.io/v1", "same": true},
		"CSINode": {"deprecated": 17, "removed": 22, "use": "storage.k8s.io/v1", "same": true},
		"CSIStorageCapacity": {"deprecated": 24, "removed": 27, "use": "storage.k8s.io/v1", "same": true},
		"VolumeAttributesClass": {"deprecated": 34, "removed": 37, "use": "storage.k8s.io/v1", "same": true},
	},
	"discovery.k8s.io/v1beta1": {
		"EndpointSlice": {"deprecated": 21, "removed": 25, "use": "discovery.k8s.io/v1", "same": false},
	},
	"events.k8s.io/v1beta1": {
		"Event": {"deprecated": 22, "removed": 25, "use": "events.k8s.io/v1", "same": false},
	},
	"node.k8s.io/v1beta1": {
		"RuntimeClass": {"deprecated": 22, "removed": 25, "use": "node.k8s.io/v1", "same": true},
	},
	"flowcontrol.apiserver.k8s.io/v1beta1": {
		"FlowSchema": {"deprecated": 23, "removed": 26, "use": "flowcontrol.apiserver.k8s.io/v1", "same": false},
		"PriorityLevelConfiguration": {"deprecated": 23, "removed": 26, "use": "flowcontrol.apiserver.k8s.io/v1", "same": false},
	},
	"flowcontrol.apiserver.k8s.io/v1beta2": {
		"FlowSchema": {"deprecated": 26, "removed": 29, "use": "flowcontrol.apiserver.k8s.io/v1", "same": false},
		"PriorityLevelConfiguration": {"deprecated": 26, "removed": 29, "use": "flowcontrol.apiserver.k8s.io/v1", "same": false},
	},
	"flowcontrol.apiserver.k8s.io/v1beta3": {
		"FlowSchema": {"deprecated": 29, "removed": 32, "use": "flowcontrol.apiserver.k8s.io/v1", "same": false},
		"PriorityLevelConfiguration": {"deprecated": 29, "removed": 32, "use": "flowcontrol.apiserver.k8s.io/v1", "same": false},
	},
	"settings.k8s.io/v1alpha1": {
		"PodPreset": {"deprecated": 19, "removed": 20, "use": "", "same": false},
	},
	"auditregistration.k8s.io/v1alpha1": {
		"AuditSink": {"deprecated": 18, "removed": 19, "use": "", "same": false},
	},
	"certificates.k8s.io/v1alpha1": {
		"ClusterTrustBundle": {"deprecated": 34, "removed": 37, "use": "certificates.k8s.io/v1", "same": false},
	},
	"resource.k8s.io/v1beta1": {
		"DeviceClass": {"deprecated": 35, "removed": 38, "use": "resource.k8s.io/v1", "same": false},
		"ResourceClaim": {"deprecated": 35, "removed": 38, "use": "resource.k8s.io/v1", "same": false},
		"ResourceClaimTemplate": {"deprecated": 35, "removed": 38, "use": "resource.k8s.io/v1", "same": false},
		"ResourceSlice": {"deprecated": 35, "removed": 38, "use": "resource.k8s.io/v1", "same": false},
	},
	"resource.k8s.io/v1beta2": {
		"DeviceClass": {"deprecated": 36, "removed": 39, "use": "resource.k8s.io/v1", "same": true},
		"ResourceClaim": {"deprecated": 36, "removed": 39, "use": "resource.k8s.io/v1", "same": true},
		"ResourceClaimTemplate": {"deprecated": 36, "removed": 39, "use": "resource.k8s.io/v1", "same": true},
		"ResourceSlice": {"deprecated": 36, "removed": 39, "use": "resource.k8s.io/v1", "same": true},
	},
	"storage.k8s.io/v1alpha1": {
		"CSIStorageCapacity": {"deprecated": 21, "removed": 24, "use": "storage.k8s.io/v1", "same": false},
		"VolumeAttachment": {"deprecated": 21, "removed": 24, "use": "storage.k8s.io/v1", "same": false},
		"VolumeAttributesClass": {"deprecated": 32, "removed": 35, "use": "storage.k8s.io/v1", "same": false},
	},
	"v1": {
		"Endpoints": {"deprecated": 33, "use": "discovery.k8s.io/v1 EndpointSlice", "same": false},
		"ComponentStatus": {"deprecated": 19, "use": "", "same": false},
	},
}
