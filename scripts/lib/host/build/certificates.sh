# Certificates: those of this host for RUN steps, as the secret seawall.ca: CERTIFICATE blocks and nothing else, whatever file the
# settings name.
# SEAWALL_LIB, where certificates.awk is. Works in SCRATCH. Settings: SEAWALL_CA_BUNDLE.
# shellcheck shell=sh

# So many bytes of the file are read, and so many a build secret may have (BuildKit: 500 KiB).
CERTIFICATES_READ_MOST=8388608 CERTIFICATES_MOST=512000

# certificates_hand_over: adds the words for buildx to HANDOVER_WORDS (handover.sh); none where this host has no certificates.
certificates_hand_over() {
	local size
	[ -z "${SEAWALL_CA_BUNDLE:-}" ] || [ -f "$SEAWALL_CA_BUNDLE" ] ||
		die 78 "SEAWALL_CA_BUNDLE: wanted a file with certificates (PEM), saw a device or a pipe: correct the path"
	trust_find_host
	[ -n "$TRUST_BUNDLE" ] || return 0
	(umask 077 && head -c "$CERTIFICATES_READ_MOST" "$TRUST_BUNDLE" |
		LC_ALL=C awk -f "$SEAWALL_LIB/host/build/certificates.awk" >"$SCRATCH/seawall.ca") 2>/dev/null || : >"$SCRATCH/seawall.ca"
	size=$(wc -c <"$SCRATCH/seawall.ca")
	if [ "$size" -eq 0 ]; then
		[ -z "${SEAWALL_CA_BUNDLE:-}" ] || die 78 "SEAWALL_CA_BUNDLE: wanted a file with certificates (PEM), saw none in it: correct the path"
	elif [ "$size" -gt "$CERTIFICATES_MOST" ]; then
		log_warn "the certificates of this host are $size bytes, a build secret holds $CERTIFICATES_MOST: not handed to RUN steps"
	else
		list_add HANDOVER_WORDS --secret "id=seawall.ca,$(cache_spec_quote "src=$SCRATCH/seawall.ca")"
	fi
}
