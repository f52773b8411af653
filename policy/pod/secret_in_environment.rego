# METADATA
# scope: package
# title: Secret handed over as an environment variable
# description: >-
#   Environment variables leak where files do not: programs print them in crash reports and debug pages, every child process
#   inherits them, and `/proc` shows them to whoever has the same user on the node. They also keep the old value until the
#   pod restarts, so that a credential that was changed in an emergency goes on being used.
# related_resources:
#   - https://kubernetes.io/docs/concepts/configuration/secret/
#   - https://kubernetes.io/docs/concepts/security/secrets-good-practices/
# custom:
#   id: secret-in-environment
#   severity: low
#   default: false
#   remediation: >-
#     Mount the Secret as a volume and have the program read the file; many images take `…_FILE` in place of the variable.
package policy.pod.secret_in_environment

import data.policy.lib.pod

deny contains violation if {
	some container in input.pod.containers
	some i
	env := container.spec.env[i]
	env.valueFrom.secretKeyRef
	name := object.get(env, "name", "")
	violation := {
		"message": sprintf("%s gets a Secret in the environment variable `%v`", [pod.label(container), name]),
		"path": array.concat(container.path, ["env", i, "valueFrom", "secretKeyRef"]),
	}
}

deny contains violation if {
	some container in input.pod.containers
	some i
	secret := container.spec.envFrom[i].secretRef
	name := object.get(secret, "name", "")
	violation := {
		"message": sprintf("%s gets all of the Secret `%v` as environment variables", [pod.label(container), name]),
		"path": array.concat(container.path, ["envFrom", i, "secretRef"]),
	}
}
