# Mirror: further sources of a URL, by pairs PREFIX=OTHER of a setting.
# shellcheck shell=sh

# mirror_urls URL PAIR...: prints the URL with OTHER in place of PREFIX, for each pair whose PREFIX begins it, a blank
# before each. A URL with a login, a query or a fragment has none: these may hold a credential of its host. A URL with
# `..` has none: it may lead out of OTHER.
mirror_urls() {
	local url pair other found
	url=$1 found=''
	shift
	case $url in *[?#]* | *://*@* | */../* | */.. | *%2[eE]*) return 0 ;; esac
	for pair in "$@"; do
		case $pair in none | =*) continue ;; esac
		case $url in "${pair%%=*}"*) other=${pair#*=}${url#"${pair%%=*}"} ;; *) continue ;; esac
		[ "$other" = "$url" ] || values_has "$other" "$found" || found="$found $other"
	done
	printf '%s' "$found"
}
