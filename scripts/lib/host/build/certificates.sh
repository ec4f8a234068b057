# Certificates: hands this host's certificates to RUN steps as the secret seawall.ca: CERTIFICATE blocks and nothing
# else, whatever file the settings name. Works in SCRATCH. Settings: SEAWALL_CA_BUNDLE.
# shellcheck shell=sh

# Bytes of the file that are read; bytes of a build secret (BuildKit allows 500 KiB).
CERTIFICATES_READ_MAX_BYTES=8388608 CERTIFICATES_MAX_BYTES=512000
# Where an administrator adds certificates to the public ones (Debian, Alpine; Fedora; SUSE; Arch).
CERTIFICATES_ANCHORS='/usr/local/share/ca-certificates /etc/pki/ca-trust/source/anchors
	/usr/share/pki/trust/anchors /etc/pki/trust/anchors /etc/ca-certificates/trust-source/anchors'

# certificates_hand_over: adds the words for buildx to HANDOVER_WORDS (handover.sh); none if this host has no
# certificates of its own. A woven step, which has not asked for them, gets them only if this host trusts more than the
# public ones, and then in place of the image's: so the public ones come with them.
certificates_hand_over() {
	local size
	[ -z "${SEAWALL_CA_BUNDLE:-}" ] || [ -f "$SEAWALL_CA_BUNDLE" ] ||
		die 78 "SEAWALL_CA_BUNDLE: wanted a file with certificates (PEM), saw a device or a pipe: correct the path"
	sources_mount_secret seawall.ca || certificates_are_own || return 0
	trust_find_host
	[ -n "$TRUST_BUNDLE" ] || return 0
	(umask 077 && certificates__read "$TRUST_BUNDLE" >"$SCRATCH/seawall.ca") 2>/dev/null || : >"$SCRATCH/seawall.ca"
	size=$(wc -c <"$SCRATCH/seawall.ca")
	if [ "$size" -eq 0 ]; then
		[ -z "${SEAWALL_CA_BUNDLE:-}" ] ||
			die 78 "SEAWALL_CA_BUNDLE: wanted a file with certificates (PEM), saw none in it: correct the path"
	elif [ "$size" -gt "$CERTIFICATES_MAX_BYTES" ]; then
		log_warn "no certificates for RUN steps: wanted at most $CERTIFICATES_MAX_BYTES bytes, saw $size"
	else
		! weave_is_on || certificates__hand_to_woven
		list_add HANDOVER_WORDS --secret "id=seawall.ca,$(cache_spec_quote "src=$SCRATCH/seawall.ca")"
	fi
}

# certificates_are_own: whether this host trusts more than the public certificates.
certificates_are_own() {
	local folder
	[ -z "${SEAWALL_CA_BUNDLE:-}${SSL_CERT_FILE:-}" ] || return 0
	for folder in $CERTIFICATES_ANCHORS; do
		[ -z "$(find "$folder" -type f 2>/dev/null | head -n 1)" ] || return 0
	done
	return 1
}

# certificates__read FILE
certificates__read() {
	head -c "$CERTIFICATES_READ_MAX_BYTES" "$1" | LC_ALL=C awk -f "$SEAWALL_LIB/host/build/certificates.awk"
}

# certificates__hand_to_woven: adds this host's store to SCRATCH/seawall.ca, if there is room, and the secrets by which
# the variables of a woven step, and the configuration of its apt, name the file.
certificates__hand_to_woven() {
	local store name
	store=$(trust_find_store)
	if [ -n "$store" ] && [ "$store" != "$TRUST_BUNDLE" ]; then
		(umask 077 && cat "$SCRATCH/seawall.ca" >"$SCRATCH/all.ca" && certificates__read "$store" >>"$SCRATCH/all.ca")
		[ "$(wc -c <"$SCRATCH/all.ca")" -gt "$CERTIFICATES_MAX_BYTES" ] || mv "$SCRATCH/all.ca" "$SCRATCH/seawall.ca"
	fi
	printf '/run/seawall.ca' >"$SCRATCH/seawall.ca-file"
	printf '/run/seawall.apt' >"$SCRATCH/seawall.apt-config"
	# The files of the image are read after it, so theirs wins.
	printf 'Acquire::https::CAInfo "/run/seawall.ca";\n' >"$SCRATCH/seawall.apt"
	for name in ca-file apt-config apt; do
		list_add HANDOVER_WORDS --secret "id=seawall.$name,$(cache_spec_quote "src=$SCRATCH/seawall.$name")"
	done
}
