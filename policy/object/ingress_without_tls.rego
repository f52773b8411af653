# METADATA
# scope: package
# title: Ingress without TLS
# description: >-
#   Without TLS everybody on the path between user and cluster reads passwords and session cookies, and changes what
#   they like: other guests of the Wi-Fi, a compromised router, the provider.
# related_resources:
# - https://kubernetes.io/docs/concepts/services-networking/ingress/#tls
# custom:
#   id: ingress-without-tls
#   severity: medium
#   kinds: [Ingress]
#   remediation: >-
#     Name the host and the Secret with its certificate under `spec.tls`; cert-manager creates that Secret. Where the
#     load balancer brings the certificate, set the annotation of your cloud for it.
package policy.object.ingress_without_tls

import data.policy.lib.value

deny contains {"message": "this Ingress serves without TLS", "path": ["spec", "tls"]} if {
	ingress
	certificates == []
}

deny contains {"message": message, "path": ["spec", "rules", i, "host"]} if {
	ingress
	count(certificates) > 0
	not for_any_host
	some i, rule in value.list(spec, "rules")
	host := value.text(rule, "host")
	host != ""
	not covered(host)
	message := sprintf("host `%s` is served without TLS: no entry of `tls` names it", [host])
}

ingress if {
	input.object.kind == "Ingress"
	split(input.object.apiVersion, "/")[0] in {"extensions", "networking.k8s.io"}
	not terminated_in_front
}

spec := value.mapping(input.object, "spec")

certificates := value.list(spec, "tls")

# An entry without hosts is for all of them.
for_any_host if {
	some certificate in certificates
	value.list(certificate, "hosts") == []
}

covered(host) if host in hosts

covered(host) if concat(".", array.concat(["*"], array.slice(split(host, "."), 1, 100))) in hosts

hosts contains host if {
	some certificate in certificates
	some host in value.list(certificate, "hosts")
}

# The cloud's load balancer has the certificate.
terminated_in_front if {
	some name, text in value.mapping(value.mapping(input.object, "metadata"), "annotations")
	name in {
		"alb.ingress.kubernetes.io/certificate-arn",
		"appgw.ingress.kubernetes.io/appgw-ssl-certificate",
		"ingress.gcp.kubernetes.io/pre-shared-cert",
		"kubernetes.azure.com/tls-cert-keyvault-uri",
		"networking.gke.io/certmap",
		"networking.gke.io/managed-certificates",
	}
	not text in {"", null}
}

# So it is where the controller finds the certificate for a host by itself.
terminated_in_front if {
	some name, text in value.mapping(value.mapping(input.object, "metadata"), "annotations")
	name == "alb.ingress.kubernetes.io/listen-ports"
	contains(text, "HTTPS")
}
