# Download: downloads one file with a client that the image has: curl, GNU wget, Python, busybox wget or apt-helper.
# A URL may hold a login, so it travels in a file or in the environment. The last two clients take a URL only as an
# argument and are not used with a login. No client sends a login to another host after a redirect, or reads ~/.netrc.
# A redirect from https to http is never followed.
# Uses SCRATCH. Details that a client does not print are appended to LADDER_TEXT for the classifier.
# shellcheck shell=sh

# download_choose SCHEMES: sets DOWNLOAD_CLIENT. Exits 71 if the image has no client. SCHEMES: the allowed schemes,
# `https` or `http,https`.
download_choose() {
	DOWNLOAD_SCHEMES=$1
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

# download_get RUNNER URL FILE rest|whole|probe: downloads URL to FILE; gives the status of the client. RUNNER is
# step_run or step_ask. `rest` continues at the end of FILE, or starts again if the server cannot; `probe` requests one
# byte.
download_get() {
	local runner status
	runner=$1 DOWNLOAD_URL=$2 DOWNLOAD_ONLY=$DOWNLOAD_SCHEMES DOWNLOAD_STATUS=''
	shift 2
	case $DOWNLOAD_URL in https:*) DOWNLOAD_ONLY=https ;; esac
	[ "$2" != whole ] || rm -f "$1"
	status=0
	"download__$DOWNLOAD_CLIENT" "$runner" "$@" || status=$?
	if [ "$status" -ne 0 ] && [ "$2" = rest ] && [ -s "$1" ] && download__is_bad_range; then
		rm -f "$1"
		status=0
		"download__$DOWNLOAD_CLIENT" "$runner" "$@" || status=$?
	fi
	[ "$status" -eq 0 ] || download__read_status
	return "$status"
}

# download_status: prints the HTTP status of a refusal of the last download, nothing if there was none.
download_status() { printf '%s\n' "$DOWNLOAD_STATUS"; }

# download__read_status: sets DOWNLOAD_STATUS from the output of the client, whatever the reason phrase, and adds it for
# the classifier in words that it knows.
download__read_status() {
	DOWNLOAD_STATUS=$(sed -n -E -e 's,^HTTP/[0-9.]+ ([1-5][0-9][0-9]).*,\1,p' \
		-e 's/^.* ERROR ([45][0-9][0-9])(:.*)?$/\1/p' \
		-e 's,^.*server returned error: HTTP/[0-9.]+ ([45][0-9][0-9]).*,\1,p' \
		-e 's/^([45][0-9][0-9]) (Client|Server) Error.*/\1/p' \
		-e 's/^E: Failed to fetch [^ ]+  ([45][0-9][0-9]) .*/\1/p' "$SCRATCH/head" "$LADDER_TEXT" 2>/dev/null |
		sed -n '$p')
	case $DOWNLOAD_STATUS in
		[45]*) printf 'response status code: %s\n' "$DOWNLOAD_STATUS" >>"$LADDER_TEXT" ;;
		*) DOWNLOAD_STATUS='' ;;
	esac
}

# download__is_bad_range: true if the client failed because the server cannot continue at the end of the file: HTTP 416,
# curl's error 33, or wget's refusal.
download__is_bad_range() {
	grep -q -i -E '(^|[^0-9])416([^0-9]|$)|byte ranges|refusing to truncate' "$LADDER_TEXT"
}

# download__CLIENT RUNNER FILE rest|whole|probe: runs that client without retries.
# curl prints no header, so Retry-After is copied for the classifier.
download__curl() {
	local status
	rm -f "$SCRATCH/head"
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
	# HOME: no ~/.netrc is read and no ~/.wget-hsts written. --ca-certificate: wget with GnuTLS ignores SSL_CERT_FILE.
	download__plain_wget "$1" HOME="$SCRATCH" wget --no-config -nv --tries=1 --max-redirect=10 \
		${SSL_CERT_FILE:+"--ca-certificate=$SSL_CERT_FILE"} "$2" "$3" "$4" ${5:+"$5"} -i "$SCRATCH/url" || status=$?
	# 4: a network failure. wget prints nothing if the server closed the connection.
	[ "$status" -ne 4 ] || [ -s "$LADDER_TEXT" ] || printf 'wget: remote end closed the connection\n' >"$LADDER_TEXT"
	return "$status"
}

# download__plain_wget RUNNER WORD...: runs wget. It has no option to refuse http after a redirect, so http gets a proxy
# on a closed port.
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

# busybox 1.35 crashes with -T, so its time is limited by RUNNER alone.
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
	case $DOWNLOAD_URL in *://*@*) ;; *) return 0 ;; esac
	die 71 "wanted curl, GNU wget or python3 for a URL with a login, found only $DOWNLOAD_CLIENT:" \
		"install one in an earlier step"
}

# download_sum FILE: prints its SHA-256 in lower case. Exits 71 if the image has no tool for it.
download_sum() {
	local line
	line=$(sha256sum "$1" 2>/dev/null || openssl dgst -sha256 -r "$1" 2>/dev/null || shasum -a 256 "$1" 2>/dev/null ||
		python3 -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$1" \
			2>/dev/null) ||
		die 71 "wanted sha256sum, openssl, shasum or python3 in this image, found none: install one in an earlier step"
	line=${line%% *}
	printf '%s\n' "${line#\\}"
}
