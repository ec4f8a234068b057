# Last good: stores the last successful download of each upstream, and uses it as the last source if all others failed.
# SEAWALL_LAST_GOOD is a cache mount that any RUN step of any build can write to. Its contents are not trusted: hashes
# and signatures are verified again, and no link is followed.
# shellcheck shell=sh

# Not taken from the environment.
LAST_GOOD_PART=''

# last_good_name_part WORD...: this step has a copy of its own, named by these words: the steps of a build share the
# folder, and each needs what it downloaded.
last_good_name_part() {
	LAST_GOOD_PART=$(printf '%s\n' "$@" | cksum)
	LAST_GOOD_PART=/part-${LAST_GOOD_PART%% *}
}

# last_good_use UPSTREAM "SOURCE..." FUNCTION ARGUMENT...: calls FUNCTION file://STORE ARGUMENT...; false if there is no
# usable store or FUNCTION fails. Success is reported as degraded.
last_good_use() {
	local store age function
	store=$SEAWALL_LAST_GOOD/$1$LAST_GOOD_PART function=$3
	[ -n "$SEAWALL_LAST_GOOD" ] && [ -f "$store/seawall-kept" ] && last_good__is_plain "$SEAWALL_LAST_GOOD/$1" ||
		return 1
	age=$(last_good__age "$store/seawall-kept") || return 1
	if [ "$age" -gt "$SEAWALL_LAST_GOOD_MAX_AGE" ]; then
		log_warn "wanted a last known good copy for $1 of at most $SEAWALL_LAST_GOOD_MAX_AGE s, saw one of $age s:" \
			"raise SEAWALL_LAST_GOOD_MAX_AGE to use it"
		return 1
	fi
	shift 3
	"$function" "file://$store" "$@" || return 1
	last_good_tell_degraded "$LADDER_UPSTREAM: all sources failed, used the last known good copy of $age s ago"
}

# last_good__age FILE: prints the age in seconds of the time in FILE. False, with a warning, if FILE holds no time.
last_good__age() {
	local kept
	kept=''
	IFS= read -r kept <"$1" || :
	clock_is_epoch "$kept" || {
		log_warn "wanted seconds since the epoch in $1, saw something else: the last known good copy is not used"
		return 1
	}
	printf '%s\n' "$(($(clock_now) - kept))"
}

# last_good__is_plain STORE: true if STORE holds regular files and folders of this user or root. Other steps can write
# to the mount: a link or a device would lead outside, and files of another user could change while they are read.
last_good__is_plain() {
	local mode links owner rest own
	own=$(id -u)
	# shellcheck disable=SC2012 # not every image has find, and the names are not used
	LC_ALL=C ls -lnRA "$1" 2>/dev/null | while read -r mode links owner rest; do
		case $mode in
			[lbcps][r-][w-]*) exit 1 ;;
			[d-][r-][w-]?*) [ "$owner" = 0 ] || [ "$owner" = "$own" ] || exit 1 ;;
		esac
	done && [ ! -L "$1" ] || {
		log_warn "wanted regular files of this user or root in $1, saw a link, a device or another owner:" \
			"the last known good copy is not used"
		return 1
	}
}

# last_good_keep ARGUMENT...: saves the download as the last known good copy by STEP_KEEP FOLDER SOURCE ARGUMENT...; a
# failure is a warning.
last_good_keep() {
	local store mark
	store=$SEAWALL_LAST_GOOD/$LADDER_UPSTREAM$LAST_GOOD_PART
	[ -n "$SEAWALL_LAST_GOOD" ] && [ -n "$STEP_KEEP" ] && mkdir -p "$store" 2>/dev/null && [ -w "$store" ] || return 0
	last_good__is_plain "$SEAWALL_LAST_GOOD/$LADDER_UPSTREAM" || return 0
	last_good__forget "$SEAWALL_LAST_GOOD/$LADDER_UPSTREAM"
	if "$STEP_KEEP" "$store" "$LADDER_SOURCE" "$@" && mark=$(mktemp "$store/seawall-kept.XXXXXX"); then
		printf '%s\n' "$(clock_now)" >"$mark" && chmod 644 "$mark" && mv -f "$mark" "$store/seawall-kept"
	else
		log_warn "wanted to save the last known good copy in $store, could not: the old one stays"
	fi
}

# last_good__forget FOLDER: deletes the parts in FOLDER that are too old to be used.
last_good__forget() {
	local part age
	set +f
	set -- "$1"/part-*
	set -f
	for part in "$@"; do
		[ -f "$part/seawall-kept" ] && age=$(last_good__age "$part/seawall-kept") || continue
		[ "$age" -le "$SEAWALL_LAST_GOOD_MAX_AGE" ] || rm -rf "$part"
	done
}

# last_good_tell_degraded TEXT...: reports that the step succeeded with another result than usual, in the log and as an
# event.
last_good_tell_degraded() {
	log_warn "degraded: $*"
	events_emit degraded warn upstream "$LADDER_UPSTREAM" detail "$*"
}
