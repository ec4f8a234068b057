# Last good: a folder, one per upstream, with what the fetchers last got, which is the last source when all others are gone.
# The folder is a cache mount that any step of any build may write to, so
# nothing in it is believed: what has a hash or a signature is verified again, and no link in it is followed.
# shellcheck shell=sh

# last_good_use UPSTREAM "SOURCE..." FUNCTION ARGUMENT...: the store of this upstream is one more source, the last.
last_good_use() {
	local store age function
	store=$SEAWALL_LAST_GOOD/$1 function=$3
	[ -n "$SEAWALL_LAST_GOOD" ] && [ -f "$store/seawall-kept" ] && last_good__is_plain "$store" || return 1
	age=$(last_good__age "$store/seawall-kept") || return 1
	if [ "$age" -gt "$SEAWALL_LAST_GOOD_MAX_AGE" ]; then
		log_warn "last known good of $1 is $age s old, SEAWALL_LAST_GOOD_MAX_AGE allows $SEAWALL_LAST_GOOD_MAX_AGE: not used"
		return 1
	fi
	shift 3
	"$function" "file://$store" "$@" || return 1
	last_good_tell_degraded "$LADDER_UPSTREAM: no source left, using what was kept $age s ago"
}

# last_good__age FILE: prints how many seconds ago the time in it was, by the same clock as here.
last_good__age() {
	local kept
	kept=''
	IFS= read -r kept <"$1" || :
	case $kept in
		'' | 0* | *[!0-9]* | ????????????*)
			log_warn "wanted seconds since the epoch in $1, saw something else: the last known good is not used"
			return 1
			;;
	esac
	printf '%s\n' "$(($(clock_now) - kept))"
}

# last_good__is_plain STORE: whoever else has the mount writes there too. A link or a device would lead out of it, and what
# belongs to somebody who is neither us nor root may change under us.
last_good__is_plain() {
	local mode links owner rest own
	own=$(id -u)
	# shellcheck disable=SC2012 # find is not in every image, and a name counts for nothing here
	LC_ALL=C ls -lnRA "$1" 2>/dev/null | while read -r mode links owner rest; do
		case $mode in
			[lbcps][r-][w-]*) exit 1 ;;
			[d-][r-][w-]?*) [ "$owner" = 0 ] || [ "$owner" = "$own" ] || exit 1 ;;
		esac
	done && [ ! -L "$1" ] || {
		log_warn "wanted files of our own or of root in $1, saw a link, a device or another owner: the last known good is left alone"
		return 1
	}
}

# last_good_keep ARGUMENT...: what a source served becomes the last known good; never a reason to fail.
last_good_keep() {
	local store mark
	store=$SEAWALL_LAST_GOOD/$LADDER_UPSTREAM
	[ -n "$SEAWALL_LAST_GOOD" ] && [ -n "$STEP_KEEP" ] && mkdir -p "$store" 2>/dev/null && [ -w "$store" ] || return 0
	last_good__is_plain "$store" || return 0
	if "$STEP_KEEP" "$store" "$LADDER_SOURCE" "$@" && mark=$(mktemp "$store/seawall-kept.XXXXXX"); then
		printf '%s\n' "$(clock_now)" >"$mark" && chmod 644 "$mark" && mv -f "$mark" "$store/seawall-kept"
	else
		log_warn "the last known good in $store could not be renewed"
	fi
}

# last_good_tell_degraded TEXT: the result is not the normal one, and says so.
last_good_tell_degraded() {
	log_warn "$1 [degraded]"
	events_emit degraded warn upstream "$LADDER_UPSTREAM" detail "$1"
}
