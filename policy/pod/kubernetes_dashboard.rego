# METADATA
# scope: package
# title: Kubernetes Dashboard is installed
# description: >-
#   The dashboard is a web page with the rights of its service account or of whoever signs in. Clusters have been taken over
#   through ones that were reachable from the internet without a sign-in, and it is no longer developed. What it shows,
#   `kubectl` and the console of the provider show with the user's own rights.
# related_resources:
#   - https://kubernetes.io/docs/tasks/access-application-cluster/web-ui-dashboard/
# custom:
#   id: kubernetes-dashboard
#   severity: medium
#   default: false
#   remediation: >-
#     Remove it. Where a web page is needed, use one that acts with the rights of the signed-in user, such as Headlamp,
#     behind your identity provider.
package policy.pod.kubernetes_dashboard

import data.policy.lib.image

deny contains violation if {
	some used in dashboards
	violation := {
		"message": sprintf("%s is the Kubernetes Dashboard: `%s`", [used.owner, used.reference]),
		"path": used.path,
	}
}

# An image of another name, with the label that Services of the dashboard select.
deny contains violation if {
	count(dashboards) == 0
	some label in ["k8s-app", "app.kubernetes.io/name"]
	input.pod.metadata.labels[label] == "kubernetes-dashboard"
	violation := {
		"message": sprintf("the pod has the label of the Kubernetes Dashboard (`%s: kubernetes-dashboard`)", [label]),
		"path": array.concat(input.pod.path, ["metadata", "labels", label]),
	}
}

dashboards contains used if {
	some used in image.used
	some word in ["kubernetes-dashboard", "kubernetesui/dashboard"]
	contains(used.reference, word)
	regex.match(`(^|/)(kubernetes-dashboard(-[a-z0-9]+)?|kubernetesui/dashboard(-[a-z]+)?)([:@]|$)`, used.reference)
}
