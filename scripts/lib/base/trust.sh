# Trust: finds certificate bundles, and makes the tools of a RUN step trust the certificates of the host. These arrive
# as the secret `seawall.ca`, are used together with those of the image, and are never written into the image.
# shellcheck shell=sh

TRUST_SECRET=/run/seawall.ca

# trust_use_secret: exports the variables by which common tools find certificates. Each variable replaces the tool's own
# store, so it names a bundle of both.
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

# trust_find_store: prints the path of the system's bundle, in the order of Go's crypto/x509; nothing if there is none.
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

# trust_find_host: sets TRUST_BUNDLE to SEAWALL_CA_BUNDLE, else to the bundle that this host uses; empty without one.
trust_find_host() {
	TRUST_BUNDLE=${SEAWALL_CA_BUNDLE:-${SSL_CERT_FILE:-}}
	[ -r "${TRUST_BUNDLE:-/}" ] && [ -f "$TRUST_BUNDLE" ] || TRUST_BUNDLE=$(trust_find_store)
}
