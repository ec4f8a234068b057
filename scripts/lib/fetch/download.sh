# Download: one file with what an image has: curl, GNU wget, Python, busybox wget or apt-helper. A URL may hold a login, so
# it travels in a file or in the environment; the last two clients take it as an argument only, and get none with a login.
# No client sends a login to another place that it is redirected to, or reads one from ~/.netrc.
# and http-client.py. Works in SCRATCH; LADDER_TEXT gets what a client does not say. DOWNLOAD_SCHEMES: what
# may be asked, `https` or `http,https`; from https nobody is redirected to http.
# shellcheck shell=sh

# download_choose: sets DOWNLOAD_CLIENT; 71 where there is none.
download_choose() {
	if command -v curl >/dev/null 2>&1; then
		DOWNLOAD_CLIENT=curl
	elif wget --version 2>/dev/null | grep -q 'GNU Wget'; then
		DOWNLOAD_CLIENT=wget
	elif command -v python3 >/dev/null 2>&1; then
		DOWNLOAD_CLIENT=python
	elif command -v wget >/dev/null 2>&1; then
		DOWNLOAD_CLIENT=busybox
	elif [ -x /usr/lib/apt/apt-helper ]; then
		DOWNLOAD_CLIENT=apt
	else
		die 71 "wanted curl, wget, python3 or apt-helper in this image, found none: install one in an earlier step"
	fi
}

# download_get RUNNER URL FILE rest|whole|probe: RUNNER is step_run or step_ask; `rest` goes on where FILE ends, and begins
# anew where the other side cannot; `probe` asks for one byte.
download_get() {
	local runner status
	runner=$1 DOWNLOAD_URL=$2 DOWNLOAD_ONLY=$DOWNLOAD_SCHEMES
	shift 2
	case $DOWNLOAD_URL in https:*) DOWNLOAD_ONLY=https ;; esac
	[ "$2" != whole ] || rm -f "$1"
	status=0
	"download__$DOWNLOAD_CLIENT" "$runner" "$@" || status=$?
	# 416, curl's 33, wget's refusal: what is there already does not fit what the other side has.
	if [ "$status" -ne 0 ] && [ "$2" = rest ] && [ -s "$1" ] && grep -q -i -E '(^|[^0-9])416([^0-9]|$)|byte ranges|refusing to truncate' "$LADDER_TEXT"; then
		rm -f "$1"
		"download__$DOWNLOAD_CLIENT" "$runner" "$@"
	else
		return "$status"
	fi
}

# Retries are off by default; what the header says is put where the classifier's text is.
download__curl() {
	local status
	printf 'url = "%s"\n' "$(printf '%s' "$DOWNLOAD_URL" | sed 's/["\\]/\\&/g')" >"$SCRATCH/url"
	status=0
	case $3 in
		probe) set -- "$1" -r 0-0 -o /dev/null ;;
		*) set -- "$1" -C - -o "$2" ;;
	esac
	"$1" curl -q -sS -f -L --globoff --max-redirs 10 --proto "=$DOWNLOAD_ONLY" --proto-redir "=$DOWNLOAD_ONLY" \
		-D "$SCRATCH/head" --config "$SCRATCH/url" "$2" "$3" "$4" ${5:+"$5"} || status=$?
	[ "$status" -eq 0 ] || grep -i '^retry-after:' "$SCRATCH/head" 2>/dev/null >>"$LADDER_TEXT" || :
	return "$status"
}

download__wget() {
	local status
	printf '%s\n' "$DOWNLOAD_URL" >"$SCRATCH/url"
	case $3 in
		probe) set -- "$1" --header 'Range: bytes=0-0' -O /dev/null ;;
		*) set -- "$1" "--timeout=$SEAWALL_SILENCE" -c -O "$2" ;;
	esac
	status=0
	# Its home is where it finds ~/.netrc and leaves ~/.wget-hsts; with GnuTLS it does not read SSL_CERT_FILE itself.
	download__plain_wget "$1" HOME="$SCRATCH" wget --no-config -nv --tries=1 --max-redirect=10 "$2" "$3" "$4" ${5:+"$5"} \
		${SSL_CERT_FILE:+"--ca-certificate=$SSL_CERT_FILE"} -i "$SCRATCH/url" || status=$?
	# 4 is a network failure; of a connection that was closed it says nothing.
	[ "$status" -ne 4 ] || [ -s "$LADDER_TEXT" ] || printf 'wget: remote end closed the connection\n' >"$LADDER_TEXT"
	return "$status"
}

# download__plain_wget RUNNER WORD...: no wget can be told to stay with https, so http gets a proxy where nobody listens.
download__plain_wget() {
	local runner
	runner=$1
	shift
	[ "$DOWNLOAD_ONLY" != https ] || set -- http_proxy=http://127.0.0.1:9/ "$@"
	"$runner" env "$@"
}

download__python() {
	CLIENT_URL=$DOWNLOAD_URL CLIENT_SCHEMES=$DOWNLOAD_ONLY CLIENT_TIMEOUT=$SEAWALL_SILENCE
	export CLIENT_URL CLIENT_SCHEMES CLIENT_TIMEOUT
	"$1" python3 "$SEAWALL_LIB/fetch/http-client.py" "$3" "$2"
}

# Without -T, which ends busybox 1.35 with a segmentation fault; its time is bounded from outside.
download__busybox() {
	download__refuse_login
	case $3 in
		probe) download__plain_wget "$1" wget -q --header 'Range: bytes=0-0' -O /dev/null "$DOWNLOAD_URL" ;;
		*) download__plain_wget "$1" wget -q -c -O "$2" "$DOWNLOAD_URL" ;;
	esac
}

download__apt() {
	download__refuse_login
	[ "$3" != probe ] || set -- "$1" "$SCRATCH/probe" probe
	"$1" /usr/lib/apt/apt-helper -o Acquire::Retries=0 download-file "$DOWNLOAD_URL" "$2"
}

download__refuse_login() {
	case $DOWNLOAD_URL in *://*@*) die 71 "wanted curl, GNU wget or python3 for a URL with a login, found $DOWNLOAD_CLIENT only: install one in an earlier step" ;; esac
}

# download_sum FILE: its SHA-256 in lower case, by what the image has.
download_sum() {
	local line
	line=$(sha256sum "$1" 2>/dev/null || openssl dgst -sha256 -r "$1" 2>/dev/null || shasum -a 256 "$1" 2>/dev/null ||
		python3 -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$1" 2>/dev/null) ||
		die 71 "wanted sha256sum, openssl, shasum or python3 in this image, found none: install one in an earlier step"
	line=${line%% *}
	printf '%s\n' "${line#\\}"
}
