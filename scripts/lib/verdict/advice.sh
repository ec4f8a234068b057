# Advice: what the caller can do about a failure, with the party that it concerns.
# shellcheck shell=sh

# The setting that names further sources of an upstream.
ADVICE_SETTINGS=' pypi=SEAWALL_PYPI_INDEXES go-proxy=SEAWALL_GO_PROXIES npm=SEAWALL_NPM_REGISTRIES
 apt=SEAWALL_APT_MIRRORS apk=SEAWALL_APK_MIRRORS git=SEAWALL_GIT_MIRRORS url=SEAWALL_URL_MIRRORS
 registry=SEAWALL_REGISTRY_MIRRORS '

# advice_for CODE CLASS FILE [TOOL]: prints the advice for a command that ends with CODE. FILE is the output of the
# failed attempt.
advice_for() {
	case $1:$2 in
		75:* | *:tls | *:auth | *:not-found | *:proxy) ;;
		*) exit_advice "$1" && return 0 ;;
	esac
	advice__read "$3" "${4-}"
	case $1:$2 in
		75:*) advice__on_outage ;;
		*:tls) advice__on_certificate "$3" ;;
		*:proxy)
			printf 'a proxy failed%s: correct HTTPS_PROXY, HTTP_PROXY or NO_PROXY\n' \
				"${ADVICE_PARTY:+ on the way to $ADVICE_PARTY}"
			;;
		*:auth)
			printf '%s refused the request: log in with valid credentials, or log out: %s\n' \
				"${ADVICE_PARTY:-the server}" 'public content needs none, and expired ones are refused'
			;;
		*:not-found) printf '%s is not there: correct the name or version\n' "${ADVICE_PARTY:-it}" ;;
	esac
}

# advice__read FILE TOOL: sets ADVICE_PARTY to the host or name that the output is about, and ADVICE_SETTING to the
# setting with sources of its kind; both may be empty.
advice__read() {
	local line upstream
	ADVICE_PARTY='' ADVICE_SETTING=''
	[ -s "$1" ] && line=$(classify_concerns "$1" "$2") || return 0
	upstream=${line%%"$CLASSIFY_TAB"*} ADVICE_PARTY=${line#*"$CLASSIFY_TAB"}
	case $ADVICE_SETTINGS in
		*[[:space:]]"$upstream="*)
			ADVICE_SETTING=${ADVICE_SETTINGS#*[[:space:]]"$upstream="}
			ADVICE_SETTING=${ADVICE_SETTING%%[[:space:]]*}
			;;
	esac
}

advice__on_outage() {
	printf '%s%s%s\n' "$(exit_advice 75)" "${ADVICE_PARTY:+ than ${ADVICE_PARTY%%/*}}" \
		"${ADVICE_SETTING:+ in $ADVICE_SETTING}"
}

# advice__on_certificate FILE: an image may have no certificates at all (curl's exit code 77), and Java reads only its
# own store.
advice__on_certificate() {
	if [ -s "$1" ] && grep -q -i -E 'curl: \(77\)|error setting certificate|no system certificates' "$1"; then
		printf 'the image has no certificates: install ca-certificates in it, or name a bundle in SEAWALL_CA_BUNDLE\n'
	elif [ -s "$1" ] && grep -q -i -E 'PKIX path|sun\.security\.' "$1"; then
		printf 'the certificate of %s is not trusted by Java, which reads only its own store: %s\n' \
			"${ADVICE_PARTY:-the server}" 'add the CA of the company proxy to it with keytool'
	else
		printf 'the certificate of %s is not trusted here: if a company proxy replaces it, name its CA in %s\n' \
			"${ADVICE_PARTY:-the server}" SEAWALL_CA_BUNDLE
	fi
}
