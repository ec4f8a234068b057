# Handover: what a build hands to its RUN steps: settings, sources and proxies as the secret seawall.conf, certificates as
# seawall.ca. A step that mounts neither gets nothing; what is handed over is in no cache key, image or argument (ADR 0019).
# Works in SCRATCH: inputs.sh has written the secrets that the steps
# mount to `sources`. Settings: SEAWALL_STEP_SOURCES, and those with the word `step`.
# shellcheck shell=sh

# What a variable of the environment may hold (Linux: 128 KiB), with some room.
HANDOVER_SETTINGS_MOST=120000

# handover_begin ARGUMENT...: of buildx. Sets HANDOVER_WORDS to the list of the words that the build adds.
handover_begin() {
	HANDOVER_WORDS=''
	# What the caller has exported would go to every child.
	unset SEAWALL_STEP_CONF
	HANDOVER_LINES='' HANDOVER_LEFT='' HANDOVER_MARK=''
	if handover__is_wanted seawall.conf "$@"; then
		handover__collect_settings
		handover__collect_proxies
		handover__check_size
		handover__tell_left
		list_add HANDOVER_WORDS --secret id=seawall.conf,env=SEAWALL_STEP_CONF
	fi
	! handover__is_wanted seawall.ca "$@" || certificates_hand_over
}

# handover_renew DEADLINE BUDGET: sets SEAWALL_STEP_CONF, which buildx alone gets in its environment, and
# HANDOVER_MARK, by which the events of this attempt are known. Both are empty where no step mounts the settings.
handover_renew() {
	HANDOVER_MARK='' SEAWALL_STEP_CONF=''
	[ -n "$HANDOVER_LINES" ] || return 0
	HANDOVER_MARK=$(od -A n -t x1 -N 16 /dev/urandom | tr -d ' \n')
	SEAWALL_STEP_CONF="SEAWALL_DEADLINE=@$1
SEAWALL_BUDGET=$2
$HANDOVER_LINES#seawall mark $HANDOVER_MARK
"
}

# handover__is_wanted ID ARGUMENT...: whether a step mounts it and the caller gives none of his own, which would win.
handover__is_wanted() {
	local id word before
	id=$1 before=''
	shift
	grep -q -x -F "secret	$id" "$SCRATCH/sources" 2>/dev/null || return 1
	for word in "$@"; do
		case $before:$word in --secret:* | *:--secret=*) ! handover__has_id "${word#--secret=}" "$id" || return 1 ;; esac
		before=$word
	done
}

# handover__has_id SECRET ID: fields as CSV, in any order, quoted or not.
handover__has_id() { printf '%s\n' "$1" | tr -d '"' | tr , '\n' | grep -q -i -x -F "id=$2"; }

# The lines of the settings; deadline and budget are for handover_renew.
handover__collect_settings() {
	local name kind default reach rest value
	while IFS='|' read -r name kind default reach rest; do
		[ "$reach" = step ] || continue
		eval "value=\${$name-}"
		[ -n "$value" ] || continue
		handover__note_place "$name"
		case $name in SEAWALL_DEADLINE | SEAWALL_BUDGET) ;; *) handover__take_setting "$name" "$value" ;; esac
	done <<-TABLE
		$SETTINGS_TABLE
	TABLE
}

# handover__take_setting NAME VALUE: a list that loses all its sources becomes `default`, so that the step has one.
handover__take_setting() {
	local value
	value=$2
	case $1 in
		*_PROXIES | *_INDEXES | *_REGISTRIES | *_MIRRORS)
			handover__choose "$1" "$2"
			value=$HANDOVER_CHOSEN
			[ "$SEAWALL_STEP_SOURCES" != none ] || return 0
			case $1:$value in SEAWALL_URL_MIRRORS: | SEAWALL_GIT_MIRRORS:) return 0 ;; *:) value=default ;; esac
			;;
	esac
	HANDOVER_LINES="$HANDOVER_LINES$1=$value
"
}

# A step trusts less what the folder of the build has set.
handover__note_place() {
	[ "$(settings_place "$1")" != folder ] || HANDOVER_LINES="$HANDOVER_LINES#seawall folder $1
"
}

# handover__choose NAME "WORD...": sets HANDOVER_CHOSEN to the words that SEAWALL_STEP_SOURCES lets pass.
handover__choose() {
	local word
	HANDOVER_CHOSEN=''
	for word in $2; do
		case $SEAWALL_STEP_SOURCES:$word in
			*:default | *:direct | all:*) ;;
			# Whatever stands before an @ may be a login, and a query a signature or a token.
			none:* | plain:*:*@* | plain:*=*@* | plain:*'?'*)
				handover__leave_out "$1"
				continue
				;;
		esac
		HANDOVER_CHOSEN="$HANDOVER_CHOSEN${HANDOVER_CHOSEN:+ }$word"
	done
}

handover__leave_out() { case " $HANDOVER_LEFT " in *" $1 "*) ;; *) HANDOVER_LEFT="$HANDOVER_LEFT${HANDOVER_LEFT:+ }$1" ;; esac }

handover__collect_proxies() {
	local name value
	for name in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do
		eval "value=\${$name:-}"
		[ -n "$value" ] || continue
		handover__check "$name" "$value"
		case $SEAWALL_STEP_SOURCES:$value in
			none:* | plain:*@* | plain:*'?'*) handover__leave_out "$name" ;;
			*)
				HANDOVER_LINES="$HANDOVER_LINES#seawall proxy $name=$value
"
				;;
		esac
	done
}

# handover__check NAME VALUE: what has a line of its own in the secret must stay one; settings.sh has seen to the settings.
handover__check() {
	[ "$2" = "$(printf '%s' "$2" | LC_ALL=C tr -d '\001-\037\177')" ] ||
		die 78 "$1: wanted one line without control characters, saw others: correct the value"
}

# So many sources are no list that somebody wrote.
handover__check_size() {
	[ "${#HANDOVER_LINES}" -gt "$HANDOVER_SETTINGS_MOST" ] || return 0
	die 78 "wanted at most $HANDOVER_SETTINGS_MOST bytes of settings for RUN steps, saw ${#HANDOVER_LINES}: shorten the lists of sources"
}

# Once a build, by name: the values are what must not be seen.
handover__tell_left() {
	case $SEAWALL_STEP_SOURCES:$HANDOVER_LEFT in
		*:) ;;
		none:*) log_info "RUN steps get no sources, mirrors and proxies (SEAWALL_STEP_SOURCES=none), left out: $HANDOVER_LEFT" ;;
		*) log_warn "what holds a login or a query is left out for RUN steps: $HANDOVER_LEFT: SEAWALL_STEP_SOURCES=all hands it over" ;;
	esac
}
