# Certificates: hands this host's certificates to RUN steps as the secret seawall.ca: CERTIFICATE blocks and nothing
# else, whatever file the settings name. Works in SCRATCH. Settings: SEAWALL_CA_BUNDLE.
# shellcheck shell=sh

# Bytes of the file that are read; bytes of a build secret (BuildKit allows 500 KiB).
CERTIFICATES_READ_MAX_BYTES=8388608 CERTIFICATES_MAX_BYTES=512000

# certificates_hand_over: adds the words for buildx to HANDOVER_WORDS (handover.sh); none if this host has no
# certificates of its own.
certificates_hand_over() {
	local size
	[ -z "${SEAWALL_CA_BUNDLE:-}" ] || [ -f "$SEAWALL_CA_BUNDLE" ] ||
		die 78 "SEAWALL_CA_BUNDLE: wanted a file with certificates (PEM), saw a device or a pipe: correct the path"
	trust_find_host
	[ -n "$TRUST_BUNDLE" ] || return 0
	(umask 077 && head -c "$CERTIFICATES_READ_MAX_BYTES" "$TRUST_BUNDLE" |
		LC_ALL=C awk -f "$SEAWALL_LIB/host/build/certificates.awk" >"$SCRATCH/seawall.ca") 2>/dev/null ||
		: >"$SCRATCH/seawall.ca"
	size=$(wc -c <"$SCRATCH/seawall.ca")
	if [ "$size" -eq 0 ]; then
		[ -z "${SEAWALL_CA_BUNDLE:-}" ] ||
			die 78 "SEAWALL_CA_BUNDLE: wanted a file with certificates (PEM), saw none in it: correct the path"
	elif [ "$size" -gt "$CERTIFICATES_MAX_BYTES" ]; then
		log_warn "no certificates for RUN steps: wanted at most $CERTIFICATES_MAX_BYTES bytes, saw $size"
	else
		list_add HANDOVER_WORDS --secret "id=seawall.ca,$(cache_spec_quote "src=$SCRATCH/seawall.ca")"
	fi
}
