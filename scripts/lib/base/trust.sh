# Trust: the certificates of the host reach a RUN step as the secret `seawall.ca` and are used beside the
# image's own; neither is written into the image.
# shellcheck shell=sh

TRUST_SECRET=/run/seawall.ca

# Points the tools of this step at the image's certificates and the secret's together.
# Each variable replaces a store, so a bundle of both is what they get.
trust_use_secret() {
	local store
	[ -r "$TRUST_SECRET" ] || return 0
	store=$(trust_find_store)
	cat ${store:+"$store"} "$TRUST_SECRET" >"$SCRATCH/ca.crt"
	SSL_CERT_FILE=$SCRATCH/ca.crt
	PIP_CERT=$SSL_CERT_FILE REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CURL_CA_BUNDLE=$SSL_CERT_FILE
	GIT_SSL_CAINFO=$SSL_CERT_FILE NODE_EXTRA_CA_CERTS=$SSL_CERT_FILE
	export SSL_CERT_FILE PIP_CERT REQUESTS_CA_BUNDLE CURL_CA_BUNDLE GIT_SSL_CAINFO NODE_EXTRA_CA_CERTS
}

# The first bundle that is there, as Go's crypto/x509 looks for them; nothing where there is none.
trust_find_store() {
	local file
	for file in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt \
		/etc/ssl/ca-bundle.pem /etc/ssl/cert.pem; do
		if [ -r "$file" ]; then
			printf '%s\n' "$file"
			return 0
		fi
	done
}

# trust_find_host: sets TRUST_BUNDLE to SEAWALL_CA_BUNDLE, else to what this host itself trusts.
trust_find_host() {
	TRUST_BUNDLE=${SEAWALL_CA_BUNDLE:-${SSL_CERT_FILE:-}}
	[ -r "${TRUST_BUNDLE:-/}" ] && [ -f "$TRUST_BUNDLE" ] || TRUST_BUNDLE=$(trust_find_store)
}
