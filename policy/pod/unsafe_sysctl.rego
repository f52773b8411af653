# METADATA
# scope: package
# title: Pod sets an unsafe sysctl
# description: >-
#   Sysctls are kernel settings. Some count for one pod alone and cannot harm others; the rest change limits and protections
#   that pods of the same node share, or are not known to be harmless. A pod that sets one of those can weaken its
#   neighbours, use up the node's memory, or make the node unstable. A kubelet refuses such pods unless its
#   configuration allows the sysctl, so the workload also ties the cluster to nodes that have been loosened.
# related_resources:
#   - https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/
#   - https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: unsafe-sysctl
#   severity: medium
#   remediation: >-
#     Remove the sysctl or use one of the safe set. A setting that the whole node needs belongs in the node's own
#     configuration, where it is reviewed once.
package policy.pod.unsafe_sysctl

deny contains violation if {
	some i
	input.pod.spec.securityContext.sysctls[i]
	place := ["securityContext", "sysctls", i, "name"]
	name := object.get(input.pod.spec, place, "")
	not name in safe
	violation := {
		"message": sprintf("the pod sets the sysctl `%v`, which is not in the safe set", [name]),
		"path": array.concat(input.pod.spec_path, place),
	}
}

# Kubernetes v1.37: https://kubernetes.io/docs/concepts/security/pod-security-standards/
safe := {
	"kernel.shm_rmid_forced",
	"net.ipv4.ip_local_port_range",
	"net.ipv4.ip_local_reserved_ports",
	"net.ipv4.ip_unprivileged_port_start",
	"net.ipv4.ping_group_range",
	"net.ipv4.tcp_fin_timeout",
	"net.ipv4.tcp_keepalive_intvl",
	"net.ipv4.tcp_keepalive_probes",
	"net.ipv4.tcp_keepalive_time",
	"net.ipv4.tcp_notsent_lowat",
	"net.ipv4.tcp_rmem",
	"net.ipv4.tcp_slow_start_after_idle",
	"net.ipv4.tcp_syncookies",
	"net.ipv4.tcp_wmem",
}
