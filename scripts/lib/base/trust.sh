# Trust: finds certificate bundles, and makes the tools of a RUN step trust the certificates of the host. These arrive
# as the secret `seawall.ca`, are used together with those of the image, and are never written into the image.
# shellcheck shell=sh

TRUST_SECRET=/run/seawall.ca

# The variables by which common tools find certificates; some of the others are only set where they name the secret.
TRUST_NAMES='SSL_CERT_FILE PIP_CERT REQUESTS_CA_BUNDLE CURL_CA_BUNDLE GIT_SSL_CAINFO NODE_EXTRA_CA_CERTS'
TRUST_MORE_NAMES='CARGO_HTTP_CAINFO npm_config_cafile'

# trust_use_secret [keep]: exports these variables. Each variable replaces the tool's own store, so it names a bundle of
# both. `keep`: a variable that names another file than the secret stays.
trust_use_secret() {
	local store name own
	[ -r "$TRUST_SECRET" ] || return 0
	store=$(trust_find_store)
	cat ${store:+"$store"} "$TRUST_SECRET" >"$SCRATCH/ca.crt"
	for name in $TRUST_NAMES $TRUST_MORE_NAMES; do
		eval "own=\${$name-}"
		case ${1:-}:$own:$TRUST_MORE_NAMES in
			"keep:$TRUST_SECRET:"*) ;;
			keep:?*:* | *:*:*"$name"*) continue ;;
		esac
		export "$name=$SCRATCH/ca.crt"
	done
}

# trust_names: prints the names of these variables.
trust_names() { printf '%s\n' "$TRUST_NAMES $TRUST_MORE_NAMES"; }

# trust_step_names: prints those that a woven step gets, unless the Dockerfile or the image sets them. npm reads
# NODE_EXTRA_CA_CERTS.
trust_step_names() { printf '%s\n' "$TRUST_NAMES ${TRUST_MORE_NAMES%% *}"; }

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
