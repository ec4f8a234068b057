# Unknown: settles a failed download whose text no rule knows: the host that the text names is asked once. If it does
# not answer, the failure is an outage; if it does, the failure stays unknown, and permanent.
# Works in SCRATCH, after suspects_read.
# shellcheck shell=sh

# unknown_settle FILE: FILE is the text of the failing step. A RUN step is left alone, because its URLs may be anything,
# and so is a builder that may reach what this machine does not.
unknown_settle() {
	local url host status class
	[ "$FINDING_CLASS" = other ] && ! suspects_say step || return 0
	url=$(unknown__url "$1") && view_is_ours || return 0
	host=$(http_host "$url") status=0
	http_ask "$url/" "$SCRATCH/unknown" --head --output /dev/null || status=$?
	class=$(answer_class "$status" "$SCRATCH/unknown")
	case $class in '' | not-found | auth | http-4xx-other | other) return 0 ;; esac
	finding_set "$class" '' "$host" '' "$(answer_words "$status" "$SCRATCH/unknown" "$host")"
}

# unknown__url FILE: prints scheme and host of the first URL in an error, without a login; false without one. A URL
# behind `see` or `at` is that of a document.
unknown__url() {
	LC_ALL=C sed -e '/^ERROR: /!d' -e 's|[Ss]ee:* https*://[^ ]*||g' -e 's| at https*://[^ ]*||g' "$1" |
		grep -o -E "https?://[^]/ \"'<>()\`,;?#]+" | sed -e 's,//.*@,//,' -e q | grep .
}
