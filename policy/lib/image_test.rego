package policy.lib.image_test

import data.policy.lib.image

test_a_tag_is_told_from_a_port if {
	image.tag("nginx") == ""
	image.tag("nginx:1.29") == "1.29"
	image.tag("localhost:5000/web") == ""
	image.tag("localhost:5000/web:1.2") == "1.2"
	image.tag("web:1.2@sha256:abc") == "1.2"
	image.tag("web@sha256:abc") == ""
}

test_a_digest_pins if {
	image.pinned("web:1.2@sha256:abc")
	not image.pinned("web:1.2")
}

test_the_runtime_completes_names if {
	image.full("nginx:1.29") == "docker.io/library/nginx:1.29"
	image.full("shop/web") == "docker.io/shop/web"
	image.full("ghcr.io/shop/web") == "ghcr.io/shop/web"
	image.full("localhost/web") == "localhost/web"
	image.full("registry:5000/web") == "registry:5000/web"
}

test_images_of_volumes_count_and_templates_do_not if {
	found := image.used with input as {"pod": {
		"spec_path": ["spec"],
		"spec": {"volumes": [{"name": "model", "image": {"reference": "ghcr.io/shop/model:2"}}, {"name": "odd", "image": "x"}]},
		"containers": [
			{"type": "container", "name": "web", "path": ["spec", "containers", 0], "spec": {"image": "nginx"}},
			{"type": "container", "name": "filled", "path": ["spec", "containers", 1], "spec": {"image": "$(params.image)"}},
			{"type": "container", "name": "built", "path": ["spec", "containers", 2], "spec": {"image": "ko://example.com/web"}},
			{"type": "container", "name": "none", "path": ["spec", "containers", 3], "spec": {}},
		],
	}}
	found == {
		{"owner": "container `web`", "reference": "nginx", "path": ["spec", "containers", 0, "image"]},
		{
			"owner": "volume `model`",
			"reference": "ghcr.io/shop/model:2",
			"path": ["spec", "volumes", 0, "image", "reference"],
		},
	}
}
