# Handover: hands settings, sources and proxies to the RUN steps of a build as the secret seawall.conf, and certificates
# as seawall.ca. A step that mounts neither, and is not woven, gets nothing; no cache key, image or argument contains
# them (ADR 0019).
# Works in SCRATCH: `sources` lists the secrets that the steps mount (inputs.sh). Settings: SEAWALL_STEP_SOURCES, and
# all with the word `step` in settings.sh.
# shellcheck shell=sh

# An environment variable may have 128 KiB (Linux); this leaves some room.
HANDOVER_SETTINGS_MAX_BYTES=120000

# handover_begin: sets HANDOVER_WORDS to the list of the words to add to the build.
handover_begin() {
	HANDOVER_WORDS=''
	# If the caller exported it, every child would get it.
	unset SEAWALL_STEP_CONF
	HANDOVER_LINES='' HANDOVER_LEFT='' HANDOVER_MARK='' HANDOVER_IS_WOVEN=no
	if handover__is_wanted seawall.conf; then
		handover__collect_settings
		handover_sources_collect_proxies
		! weave_is_on || HANDOVER_LINES="$HANDOVER_LINES$(weave_handed)
"
		handover__check_size
		handover_sources_tell_left
		list_add HANDOVER_WORDS --secret id=seawall.conf,env=SEAWALL_STEP_CONF
	fi
	! handover__is_wanted seawall.ca || certificates_hand_over
}

# handover_each FUNCTION: calls FUNCTION SECRET for each secret, as the value of --secret.
handover_each() {
	local function
	function=$1
	eval "set -- $HANDOVER_WORDS"
	while [ $# -gt 1 ]; do
		"$function" "$2"
		shift 2
	done
}

# handover_begin_woven: steps are woven from now on, and get what a step gets that mounts it.
handover_begin_woven() {
	[ "$HANDOVER_IS_WOVEN" = yes ] || { handover_begin && HANDOVER_IS_WOVEN=yes; }
}

# handover_renew DEADLINE BUDGET: sets SEAWALL_STEP_CONF, which only buildx gets in its environment, and HANDOVER_MARK,
# which marks the events of this attempt. Both are empty if no step mounts the settings.
handover_renew() {
	HANDOVER_MARK='' SEAWALL_STEP_CONF=''
	[ -n "$HANDOVER_LINES" ] || return 0
	HANDOVER_MARK=$(od -A n -t x1 -N 16 /dev/urandom | tr -d ' \n')
	SEAWALL_STEP_CONF="SEAWALL_DEADLINE=@$1
SEAWALL_BUDGET=$2
$HANDOVER_LINES#seawall mark $HANDOVER_MARK
$(weave_turn_handed)
"
}

# handover__is_wanted ID: whether a step is woven, or mounts the secret and the caller does not provide it.
handover__is_wanted() {
	[ -z "$ARGUMENTS_CALL" ] && ! values_has "$1" "$ARGUMENTS_SECRETS" || return 1
	weave_is_on || sources_mount_secret "$1"
}

# Collects the settings; handover_renew adds deadline and budget.
handover__collect_settings() {
	local name kind _default reach rest value
	while IFS='|' read -r name kind _default reach rest; do
		[ "$reach" = step ] || continue
		eval "value=\${$name-}"
		[ -n "$value" ] || continue
		handover__note_place "$name"
		case $name in SEAWALL_DEADLINE | SEAWALL_BUDGET) ;; *) handover__take_setting "$name" "$value" ;; esac
	done <<-TABLE
		$SETTINGS_TABLE
	TABLE
}

# handover__take_setting NAME VALUE: a list without a source left becomes `default`, so that the step has one.
handover__take_setting() {
	local value
	value=$2
	case $1 in
		*_PROXIES | *_INDEXES | *_REGISTRIES | *_MIRRORS)
			handover_sources_choose "$1" "$2"
			value=$HANDOVER_CHOSEN
			[ "$SEAWALL_STEP_SOURCES" != none ] || return 0
			case $1:$value in SEAWALL_URL_MIRRORS: | SEAWALL_GIT_MIRRORS:) return 0 ;; *:) value=default ;; esac
			;;
	esac
	HANDOVER_LINES="$HANDOVER_LINES$1=$value
"
}

# A step trusts settings from the folder of the build less.
handover__note_place() {
	[ "$(settings_place "$1")" != folder ] || HANDOVER_LINES="$HANDOVER_LINES#seawall folder $1
"
}

handover__check_size() {
	[ "${#HANDOVER_LINES}" -gt "$HANDOVER_SETTINGS_MAX_BYTES" ] || return 0
	die 78 "wanted at most $HANDOVER_SETTINGS_MAX_BYTES bytes of settings for RUN steps, saw ${#HANDOVER_LINES}:" \
		"shorten the lists of sources"
}
