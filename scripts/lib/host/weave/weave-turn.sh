# Weave-turn: what a failed attempt tells a woven step about the turn of its sources. Files are in the scratch folder of
# the call (WEAVE_CALL). Settings: SEAWALL_GIT_MIRRORS, SEAWALL_URL_MIRRORS.
# shellcheck shell=sh

# weave_turn_note OUTPUT CLASS: a step failed with CLASS before it was woven, so at the first source of the upstream
# that OUTPUT names: its shims ask the others first, and what it has said of a later time (Retry-After) is kept.
weave_turn_note() {
	local upstream
	upstream=$(classify_file "$1" buildkit | cut -f 3)
	[ ! -e "$WEAVE_CALL/pip-retry" ] || upstream=pypi
	case $2:$upstream in
		tls:* | proxy:*) ;;
		*:go-proxy | *:pypi | *:npm | *:apt | *:apk) weave_turn__add "$upstream" default ;;
		*:git) weave_turn__add_hosts "$1" git "$SEAWALL_GIT_MIRRORS" ;;
		*:url) weave_turn__add_hosts "$1" url "$SEAWALL_URL_MIRRORS" ;;
	esac
}

# weave_turn__add_hosts OUTPUT UPSTREAM "PAIR...": the hosts with a mirror that OUTPUT names.
weave_turn__add_hosts() {
	local output upstream pair host
	output=$1 upstream=$2
	for pair in $3; do
		case $pair in *://*=*) ;; *) continue ;; esac
		host=${pair#*://} && host=${host%%[/=]*} && host=${host##*@}
		! grep -q -F -e "//$host/" "$output" || weave_turn__add "$upstream" "${pair%%://*}://$host"
	done
}

weave_turn__add() { printf '#seawall failed %s %s %s\n' "$1" "$2" "$(clock_now)" >>"$WEAVE_CALL/weave.failed"; }

# A download that no tool verifies may have the wrong bytes, which the next command of the step finds. The shims of curl
# and wget then begin with another source of each URL, and the first one comes last.

# weave_turn_begin CLASS: a step failed with CLASS. False if its bytes were not wrong, if no source is left, or if no
# shim of this attempt has told of a download of a URL.
weave_turn_begin() {
	local pair number left
	case $1 in truncated | integrity | html-instead-of-json) ;; *) return 1 ;; esac
	grep -q -F '"upstream":"url"' "$WEAVE_CALL/step-events" 2>/dev/null || return 1
	left=0 number=0
	for pair in $SEAWALL_URL_MIRRORS; do case $pair in ?*=*) left=$((left + 1)) ;; esac done
	{ read -r number <"$WEAVE_CALL/weave.turn"; } 2>/dev/null || :
	[ "$number" -lt "$left" ] || return 1
	printf '%s\n' "$((number + 1))" >"$WEAVE_CALL/weave.turn"
}

# weave_turn_handed: prints the lines for the settings of a woven step (handed.sh), which are sent anew in each attempt.
weave_turn_handed() {
	local number
	cat "${WEAVE_CALL:-$SCRATCH}/weave.failed" 2>/dev/null || :
	{ read -r number <"${WEAVE_CALL:-$SCRATCH}/weave.turn"; } 2>/dev/null || return 0
	printf '#seawall turn %s\n' "$number"
}
