# Room registry: What does one registry answer about one image?
# Face: reference_* registry_* http_ask http_host manifest_head digests_* image_lock_* mirrors_of
# Registry: which digest it has under a name. What was learnt is remembered for a minute, and shared by the builds that run
# side by side; a registry that fails is left alone for as long as its breaker says.
# shellcheck shell=sh

# Seconds for which an answer holds.
REGISTRY_MEMORY=60

# registry_asker_begins: in a process that asks beside others, so that it can be ended.
registry_asker_begins() {
	lock_forget
	trap 'attempt_end; lock_drop; exit 0' TERM
}

# registry_end_askers PID...: ends those that still ask.
registry_end_askers() {
	[ $# -gt 0 ] || return 0
	{ kill "$@" || :; } 2>/dev/null
	wait "$@" || :
	lock_drop_ours "$(state_folder registry)"
}

# What a registry did is known to all builds; what a builder did is not (ladder.sh).
registry__breaker() {
	local what
	what=$1
	shift
	breaker_in "$(state_folder registry)" "$what" registry "$@"
}

# registry_ask PLACE FILE [mirror|cache]: FILE gets the digest. Else FILE.why gets the text of the failure, FILE.class its class;
# FILE.recalled says that it was not asked.
registry_ask() {
	local host status
	host=$(reference_host "$1") status=0
	registry__recalls "$1" "$host" "$2" || {
		reference_key "$host"
		# Of many builds one asks, and is waited for until it knows; who cannot have the lock asks for himself.
		lock_take "$(state_folder registry)/$REFERENCE_KEY" "$((HTTP_PATIENCE + 2))" || :
		registry__recalls "$1" "$host" "$2" || registry__ask "$1" "$host" "$2" "${3:-}" || status=$?
		lock_drop
	}
	[ ! -f "$2.recalled" ] || status=1
	return "$status"
}

# registry__recalls PLACE HOST FILE: whether what is remembered is answer enough.
registry__recalls() {
	registry_find_opening "$2"
	if [ "$REGISTRY_OPENS" -gt 0 ]; then
		registry__recall_failure "$2" "$3" && : >"$3.recalled"
	else
		[ "$BREAKER" = fresh ] && digests_recall "$1" "$REGISTRY_MEMORY" >"$3.part" && mv "$3.part" "$3"
	fi
}

# registry__ask PLACE HOST FILE [mirror|cache]
registry__ask() {
	local status
	status=0
	manifest_head "$1" "$2" "$3" || status=$?
	[ "$status" -ne 0 ] || registry__trusts "$1" "$3" "$4" || manifest_verify "$1" "$3" || status=$?
	if [ "$status" -eq 0 ]; then
		registry__breaker note "$2" ok
		digests_remember "$1" "$(cat "$3.part")"
		mv "$3.part" "$3"
	else
		registry__note_failure "$1" "$2" "$3" "$status"
	fi
	return "$status"
}

# Wrong bytes are better found before the builder has them, for it keeps those of a manifest for five minutes. That is one GET
# for a digest that is new; where the image's own registry counts pulls it is spared. What a cache has the builder checks alone.
registry__trusts() {
	local digest
	[ "$3" != cache ] || return 0
	read -r digest <"$2.part" || return 0
	[ "$(digests_recall "$1" "${SEAWALL_LAST_GOOD_MAX_AGE:-604800}" || :)" != "$digest" ] || return 0
	[ -z "$3" ] || return 1
	registry__see "$1" "$2" "$digest"
	[ -f "$2.left" ]
}

# registry__see PLACE FILE DIGEST: what an image's own registry says of a tag counts for its mirrors at once, and later, whatever
# comes of the look at its bytes. FILE.seen gets it.
registry__see() {
	case $1 in *@*) return 0 ;; esac
	[ "$(digests_recall "$1" "${SEAWALL_LAST_GOOD_MAX_AGE:-604800}" seen || :)" = "$3" ] || digests_remember "$1" "$3" seen
	printf '%s\n' "$3" >"$2.told" && mv "$2.told" "$2.seen"
}

# registry__note_failure PLACE HOST FILE STATUS: an outage is remembered of the registry, a missing image or a login is not.
registry__note_failure() {
	local class
	if [ "$4" -eq 124 ]; then
		class=timeout
		printf '%s: i/o timeout, no answer within %s s\n' "$1" "$HTTP_PATIENCE" >"$3.why"
	else
		class=$(classify_file "$3.why" buildkit 1)
		class=${class%%	*}
	fi
	printf '%s\n' "$class" >"$3.class"
	case $class in
		not-found) ;;
		auth) [ "$HTTP_STATUS" != 403 ] || registry_blame "$2" auth "$3.why" ;;
		*) registry_blame "$2" "$class" "$3.why" ;;
	esac
	[ "$class" != integrity ] || log_warn "$2 served wrong bytes for $1"
}

# registry_blame HOST CLASS FILE: what HOST did, in the words of FILE. It is left alone for the time that it asks for, else
# for an ejection: what asked it before had no answer either (BuildKit asks eight times for a blob). A time-out counts as two.
registry_blame() {
	retry_after_end "$3"
	case $RETRY_AFTER_END:$2 in
		0:timeout | 0:integrity) ;;
		0:*) registry__breaker note "$1" fail "$2" ;;
	esac
	registry__breaker note "$1" fail "$2" "$RETRY_AFTER_END"
	registry__find_words "$1"
	# What cannot be remembered must not end a build.
	{ sed '/^[Rr]etry-[Aa]fter:/d' "$3" >"$REGISTRY_WORDS.why" && printf '%s\n' "$2" >"$REGISTRY_WORDS.class"; } 2>/dev/null || :
}

# registry_find_opening HOST: sets REGISTRY_OPENS to the seconds until it may be asked again, 0 where it may. The time that it
# named itself counts before that of an ejection.
registry_find_opening() {
	local until
	registry__breaker ask "$1"
	until=$BREAKER_UNTIL REGISTRY_OPENS=0
	[ "$BREAKER:$until" != open:0 ] || until=$BREAKER_OPENS
	[ "$until" -eq 0 ] || REGISTRY_OPENS=$((until - $(clock_now)))
	[ "$REGISTRY_OPENS" -ge 0 ] || REGISTRY_OPENS=0
}

# registry__recall_failure HOST FILE: its last words and their class, as if it had been asked.
registry__recall_failure() {
	local class
	class=''
	registry__find_words "$1"
	{ read -r class <"$REGISTRY_WORDS.class"; } 2>/dev/null || :
	case $class in '' | *[!a-z0-9-]* | ?????????????????????????*) return 1 ;; esac
	head -c 16384 "$REGISTRY_WORDS.why" 2>/dev/null >"$2.why" && printf '%s\n' "$class" >"$2.class"
}

registry__find_words() { reference_key "$1" && REGISTRY_WORDS=$(state_folder registry)/$REFERENCE_KEY; }
