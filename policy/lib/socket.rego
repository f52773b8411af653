# METADATA
# scope: package
# title: Sockets
# description: Which paths of a node lead to the socket of its container runtime.
package policy.lib.socket

runtime(path) if {
	endswith(path, ".sock")
	regex.match(`/(docker|containerd|crio|cri-dockerd|dockershim|podman)\.sock$`, path)
}

runtime(path) if trim_suffix(path, "/") in directories

# Where the sockets are; `/var/run` is a link to `/run`.
directories := {concat("", [start, directory]) |
	some start in ["/run", "/var/run"]
	some directory in ["", "/containerd", "/crio", "/docker/containerd", "/k3s/containerd", "/podman"]
}
