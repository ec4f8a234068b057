# Advice: what the caller can do about a failure, with the party that it concerns.
# shellcheck shell=sh

# advice_for CODE CLASS FILE [TOOL]: prints the advice for a command that ends with CODE. FILE is the output of the
# failed attempt; an outage has the general advice.
advice_for() {
	local party
	case $1:$2 in
		75:* | 124:*) exit_advice "$1" && return 0 ;;
		*:tls | *:auth | *:not-found) ;;
		*) exit_advice "$1" && return 0 ;;
	esac
	party=''
	[ ! -s "$3" ] || party=$(classify_party "$3" "${4-}") || party=''
	case $2 in
		tls)
			printf 'the certificate of %s is not trusted here: if a company proxy replaces it, name its CA in %s\n' \
				"${party:-the server}" SEAWALL_CA_BUNDLE
			;;
		auth)
			printf '%s refused the request: log in with valid credentials, or log out: %s\n' "${party:-the server}" \
				'public content needs none, and expired ones are refused'
			;;
		not-found) printf '%s is not there: correct the name or version\n' "${party:-it}" ;;
	esac
}
