# Settle: waits for the answers of the registries that hedge.sh asks.
# Works in SCRATCH.
# shellcheck shell=sh

# Twentieths of a second after which the view of the builder decides whether to wait longer. The question about the view
# takes another tenth of a second, once.
SETTLE_BRIEF_TICKS=2

# settle_wait BRIEF IMAGE...: waits until each image has a place or no answer to come, in ticks of a twentieth of a
# second; each question has its own time limit. Checks after each new answer, and after one second: until then the own
# registry may still win against a mirror that serves the same digest faster. BRIEF: yes to wait no longer than a
# healthy build would notice if the answers do not count.
settle_wait() {
	local ticks seen now brief
	ticks=0 seen='' brief=$1
	shift
	while [ "$ticks" -lt 400 ]; do
		now=$(set +f && printf '%s ' "$SCRATCH"/answer.*)
		if [ "$now" != "$seen" ] || [ "$ticks" -eq 20 ]; then
			seen=$now
			hedge_pin_all "$@"
			! settle__are_settled "$ticks" "$@" || return 0
		fi
		if [ "$ticks:$brief" = "$SETTLE_BRIEF_TICKS:yes" ] && ! settle__are_awaited; then
			# No mirror needs to be asked any more.
			: >"$SCRATCH/answers.late"
			return 0
		fi
		clock_sleep 0.05 && ticks=$((ticks + 1))
	done
}

# Whether late answers count: the builder has the same view of the registries as this machine, or has failed already.
settle__are_awaited() { [ -n "${PLACES_SPENT:-}" ] || view_is_shared; }

settle__are_settled() {
	local ticks image
	ticks=$1
	shift
	for image in "$@"; do settle__is_settled "$image" "$ticks" || return 1; done
}

# settle__is_settled IMAGE TICKS
settle__is_settled() {
	local own place
	picks_find "$1"
	own=$PLACES_OWN place=$PICKS_PLACE
	[ -z "$HEDGE_ALL" ] || place=''
	[ "$place" != "$own" ] && ! places_is_refused "$1" || return 0
	if [ -n "$place" ]; then
		[ "$2" -ge 20 ] || places_is_spent "$own" || settle__has_ended "$own"
	else
		for place in $(places_of "$1"); do settle__has_ended "$place" || return 1; done
	fi
}

settle__has_ended() { places_find_answer "$1" && [ -f "$PLACES_ANSWER.end" ]; }
