package policy.lib.inventory_test

import data.policy.lib.inventory
import data.policy.lib.selector

namespace(name) := {"id": concat("/", ["Namespace", name]), "namespace": null, "pods": [], "object": {
	"apiVersion": "v1",
	"kind": "Namespace",
	"metadata": {"name": name},
}}

workload(id, labels) := {
	"id": id,
	"namespace": "shop",
	"pods": [{"metadata": {"labels": labels}}],
	"object": {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": id}},
}

custom(api, kind, labels) := {
	"id": "custom",
	"namespace": "shop",
	"pods": [],
	"object": {"apiVersion": api, "kind": kind, "metadata": {"name": "c", "labels": labels}},
}

test_a_namespace_is_reported_at_its_object if {
	place := inventory.anchor("shop") with input as {"objects": [workload("web", {}), namespace("shop")]}
	place == {"object": "Namespace/shop", "path": ["metadata", "name"]}
}

test_a_namespace_without_object_is_reported_at_its_first_workload if {
	place := inventory.anchor("shop") with input as {"objects": [namespace("other"), workload("web", {}), workload("api", {})]}
	place == {"object": "web", "path": ["metadata", "name"]}
}

test_namespaces_run_pods_where_an_object_has_some if {
	inventory.running == {"shop"} with input as {"objects": [namespace("other"), workload("web", {})]}
}

unmatched(objects, labels) if {
	inventory.unmatched("shop", selector.equalities(labels)) with input as {"objects": objects}
}

test_labels_that_no_pod_has_are_unmatched if {
	unmatched([workload("web", {"app": "web"})], {"app": "api"})
	unmatched([workload("web", {"app": "web"}), workload("api", {"tier": "back"})], {"app": "web", "tier": "back"})
	not unmatched([workload("web", {"app": "web", "tier": "front"})], {"app": "web"})
}

test_a_namespace_without_pods_is_not_judged if not unmatched([namespace("shop")], {"app": "api"})

test_labels_that_controllers_give_are_not_judged if {
	not unmatched([workload("web", {"app": "web"})], {"job-name": "once"})
	not unmatched([workload("web", {"app": "web"})], {"app": "web", "pod-template-hash": "1"})
}

test_a_custom_resource_may_bring_the_pods if {
	web := workload("web", {"app": "web"})
	not unmatched([web, custom("example.com/v1", "Database", {"app": "db"})], {"app": "db"})
	unmatched([web, custom("example.com/v1", "Database", {"app": "cache"})], {"app": "db"})
	unmatched([web, custom("monitoring.coreos.com/v1", "ServiceMonitor", {"app": "db"})], {"app": "db"})
}

test_a_chart_may_bring_the_pods if {
	not unmatched([workload("web", {"app": "web"}), custom("helm.toolkit.fluxcd.io/v2", "HelmRelease", {})], {"app": "db"})
}
