# Room registry: What does one registry answer about one image?
# Face: reference_* registry_* http_ask http_host answer_* manifest_head digests_* image_lock_* mirrors_of
# Registry: asks one registry for the digest of an image. Concurrent builds share its answers, which hold for a minute,
# and a registry that fails is not asked again until its ejection (breaker.sh) is over.
# shellcheck shell=sh

# Seconds for which an answer is reused.
REGISTRY_MEMORY_SECONDS=60

# All builds of the machine share what a registry did; in the ladder, by contrast, the sources of a build are its
# builders.
registry__breaker() {
	local what
	what=$1
	shift
	breaker_in "$(state_folder registry)" "$what" registry "$@"
}

# registry_ask PLACE FILE [mirror|cache]: FILE gets the digest. On failure FILE.why gets the reason and FILE.class its
# class; FILE.recalled exists if the registry was not asked because of an earlier failure.
registry_ask() {
	local host status
	host=$(reference_host "$1") status=0
	registry__recall "$1" "$host" "$2" || {
		reference_key "$host"
		# One of the concurrent builds asks; the others wait for its answer, or ask themselves if the lock times out.
		lock_take "$(state_folder registry)/$REFERENCE_KEY" "$((HTTP_TIMEOUT + 2))" || :
		registry__recall "$1" "$host" "$2" || registry__ask "$1" "$host" "$2" "${3:-}" || status=$?
		lock_drop
	}
	[ ! -f "$2.recalled" ] || status=1
	return "$status"
}

# registry__recall PLACE HOST FILE: true if the memory of all builds has an answer or a failure that is recent enough.
registry__recall() {
	registry__find_ejection "$2"
	if [ "$REGISTRY_EJECTED" -gt 0 ]; then
		registry__recall_failure "$2" "$3" && : >"$3.recalled"
	else
		[ "$BREAKER" = fresh ] && digests_recall "$1" "$REGISTRY_MEMORY_SECONDS" >"$3.part" && mv "$3.part" "$3"
	fi
}

# registry__ask PLACE HOST FILE [mirror|cache]
registry__ask() {
	manifest_head "$1" "$2" "$3" && { registry__trusts "$1" "$3" "$4" || manifest_verify "$1" "$2" "$3"; } || {
		registry__note_failure "$1" "$2" "$3"
		return 1
	}
	registry__breaker note "$2" ok
	digests_remember "$1" "$(cat "$3.part")"
	mv "$3.part" "$3"
}

# registry_has_verified PLACE: whether the kit has seen the right bytes of its manifest within REGISTRY_MEMORY_SECONDS.
registry_has_verified() { digests_recall "$1" "$REGISTRY_MEMORY_SECONDS" >/dev/null; }

# registry__trusts PLACE FILE [mirror|cache]: whether the digest in FILE.part needs no check of its bytes. BuildKit
# keeps the wrong bytes of a manifest for five minutes, so the kit checks a new digest by one GET; not if the image's
# own registry counts pulls. BuildKit alone checks what a cache serves.
registry__trusts() {
	local digest
	[ "$3" != cache ] || return 0
	read -r digest <"$2.part" || return 0
	[ "$(digests_recall "$1" "${SEAWALL_LAST_GOOD_MAX_AGE:-604800}" || :)" != "$digest" ] || return 0
	[ -z "$3" ] || return 1
	registry__see "$1" "$2" "$digest"
	[ -f "$2.left" ]
}

# registry__see PLACE FILE DIGEST: the digest that the own registry gives to a tag binds the mirrors from now on, even
# if the check of its bytes fails. FILE.seen gets it.
registry__see() {
	case $1 in *@*) return 0 ;; esac
	[ "$(digests_recall "$1" "${SEAWALL_LAST_GOOD_MAX_AGE:-604800}" seen || :)" = "$3" ] ||
		digests_remember "$1" "$3" seen
	printf '%s\n' "$3" >"$2.told" && mv "$2.told" "$2.seen"
}

# registry__note_failure PLACE HOST FILE: an outage counts against the registry; a missing image or a login (401) does
# not.
registry__note_failure() {
	local class
	read -r class <"$3.class"
	case $class in
		not-found) ;;
		auth) ! answer_is 403 || registry_blame "$2" auth "$3.why" ;;
		*) registry_blame "$2" "$class" "$3.why" ;;
	esac
	[ "$class" != integrity ] || log_warn "$2 served wrong bytes for $1"
}

# registry_blame HOST CLASS FILE [WORDS]: HOST failed as FILE says, WORDS is the short form. Ejects it until the
# Retry-After in FILE, else for the breaker's time at once: curl or BuildKit (eight requests for a blob) has already
# retried. The breaker counts a timeout and wrong bytes as two failures.
registry_blame() {
	retry_after_end "$3"
	case $RETRY_AFTER_END:$2 in
		0:timeout | 0:integrity) ;;
		0:*) registry__breaker note "$1" fail "$2" ;;
	esac
	registry__breaker note "$1" fail "$2" "$RETRY_AFTER_END"
	registry__find_memory "$1"
	# A state folder that cannot be written ends no build.
	{
		registry__shorten "$3" "${4:-}" >"$REGISTRY_FILE.why" && printf '%s\n' "$2" >"$REGISTRY_FILE.class"
	} 2>/dev/null || :
}

# registry__shorten FILE WORDS
registry__shorten() { if [ -n "$2" ]; then printf '%s\n' "$2"; else sed '/^[Rr]etry-[Aa]fter:/d' "$1"; fi; }

# registry_is_ejected HOST: whether HOST must not be asked now, because it failed or asked for a pause.
registry_is_ejected() {
	registry__find_ejection "$1"
	[ "$REGISTRY_EJECTED" -gt 0 ]
}

# registry_seconds_left HOST: prints the seconds until it may be asked again, 0 if it may be asked now.
registry_seconds_left() {
	registry__find_ejection "$1"
	printf '%s\n' "$REGISTRY_EJECTED"
}

# registry__find_ejection HOST: sets REGISTRY_EJECTED to the seconds. A time that the registry named precedes an
# ejection.
registry__find_ejection() {
	local until
	registry__breaker ask "$1"
	until=$BREAKER_UNTIL
	[ "$until" -ne 0 ] || until=$BREAKER_OPENS
	REGISTRY_EJECTED=0
	[ "$until" -eq 0 ] || REGISTRY_EJECTED=$((until - $(clock_now)))
	[ "$REGISTRY_EJECTED" -ge 0 ] || REGISTRY_EJECTED=0
}

# registry__recall_failure HOST FILE: the reason and class of its last failure, as if it had been asked now.
registry__recall_failure() {
	local class
	class=''
	registry__find_memory "$1"
	{ read -r class <"$REGISTRY_FILE.class"; } 2>/dev/null || :
	case $class in '' | *[!a-z0-9-]* | ?????????????????????????*) return 1 ;; esac
	head -c 16384 "$REGISTRY_FILE.why" 2>/dev/null >"$2.why" && printf '%s\n' "$class" >"$2.class"
}

registry__find_memory() { reference_key "$1" && REGISTRY_FILE=$(state_folder registry)/$REFERENCE_KEY; }
