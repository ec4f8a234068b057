# Handed: reads the values, other than settings, that the host passes to a RUN step. They travel in the secret with the
# settings, as lines `#seawall KEY VALUE`; a kit that does not know a key reads its line as a comment.
# Keys: `folder NAME` (a setting from the file of the build folder), `mark NONCE` (of this build's events),
# `proxy NAME=URL`, `turn N` (a download begins with its Nth further source), `failed UPSTREAM SOURCE EPOCH` (SOURCE has
# failed at that time, before the kit was in the step).
# shellcheck shell=sh

HANDED_FILE=/run/seawall.conf

# handed_each KEY FUNCTION: calls FUNCTION VALUE for each line with that key. No secret is the same as no lines.
handed_each() {
	local line
	[ -r "$HANDED_FILE" ] || return 0
	while IFS= read -r line || [ -n "$line" ]; do
		case $line in "#seawall $1 "*) "$2" "${line#"#seawall $1 "}" ;; esac
	done <"$HANDED_FILE"
}

# handed_values KEY: prints the values of that key, one per line.
handed_values() { handed_each "$1" handed__print; }

handed__print() { printf '%s\n' "$1"; }

# handed_from_folder NAME: true if the host took this setting from ./seawall.conf of the build folder, which came with
# the source code and is not trusted.
handed_from_folder() {
	local name
	for name in $(handed_values folder); do
		[ "$name" != "$1" ] || return 0
	done
	return 1
}

# handed_use_mark: sets EVENTS_NONCE to the mark of this build's events; empty if the host passed none.
handed_use_mark() {
	EVENTS_NONCE=''
	handed_each mark handed__take_mark
}

handed__take_mark() { case $1 in *[!0-9a-f]* | '') ;; *) EVENTS_NONCE=$1 ;; esac }

# handed_use_proxies: exports the proxies of the host, except for a scheme for which the step has a proxy of its own.
handed_use_proxies() {
	HANDED_OWN=" ${HTTP_PROXY+http} ${http_proxy+http} ${HTTPS_PROXY+https} ${https_proxy+https}"
	HANDED_OWN="$HANDED_OWN ${NO_PROXY+no} ${no_proxy+no} "
	handed_each proxy handed__take_proxy
}

# handed__take_proxy NAME=URL
handed__take_proxy() {
	local scheme
	case ${1%%=*} in
		HTTP_PROXY | http_proxy) scheme=http ;;
		HTTPS_PROXY | https_proxy) scheme=https ;;
		NO_PROXY | no_proxy) scheme=no ;;
		*) return 0 ;;
	esac
	case $HANDED_OWN in *" $scheme "*) ;; *) export "${1?}" ;; esac
}
