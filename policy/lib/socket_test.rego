package policy.lib.socket_test

import data.policy.lib.socket

test_sockets_and_the_directories_they_are_in if {
	socket.runtime("/var/run/docker.sock")
	socket.runtime("/run/containerd/")
	not socket.runtime("/run/shop/shop.sock")
	not socket.runtime("/")
}
