# Hedge answers: waits for the answers of the registries that hedge.sh asks.
# Works in SCRATCH.
# shellcheck shell=sh

# Twentieths of a second after which the view of the builder decides whether to wait longer. The question about the view
# takes another tenth of a second, once.
HEDGE_BRIEF_TICKS=2

# hedge_probe [--all] IMAGE...: asks the registries of these images and picks a place for each; --all asks every place,
# even after a good answer, for a report.
hedge_probe() {
	hedge_ask "$@"
	[ "${1:-}" != --all ] || shift
	hedge__settle no "$@"
	picks_make "$@"
}

# hedge_pick IMAGE...: picks a place for each image that hedge_ask has asked for. Later answers change nothing.
hedge_pick() {
	hedge__settle yes "$@"
	picks_make "$@"
}

# hedge__settle BRIEF IMAGE...: waits until each image has a place or no answer to come, in ticks of a twentieth of a
# second; each question has its own time limit. Checks after each new answer, and after one second: until then the own
# registry may still win against a mirror that serves the same digest faster. BRIEF: yes to wait no longer than a
# healthy build would notice if the answers do not count.
hedge__settle() {
	local ticks seen now brief
	ticks=0 seen='' brief=$1
	shift
	while [ "$ticks" -lt 400 ]; do
		now=$(set +f && printf '%s ' "$SCRATCH"/answer.*)
		if [ "$now" != "$seen" ] || [ "$ticks" -eq 20 ]; then
			seen=$now
			hedge_pin_all "$@"
			! hedge__are_settled "$ticks" "$@" || return 0
		fi
		if [ "$ticks:$brief" = "$HEDGE_BRIEF_TICKS:yes" ] && ! hedge__are_awaited; then
			# No mirror needs to be asked any more.
			: >"$SCRATCH/answers.late"
			return 0
		fi
		clock_sleep 0.05 && ticks=$((ticks + 1))
	done
}

# Whether late answers count: the builder has the same view of the registries as this machine, or has failed already.
hedge__are_awaited() { [ -n "${SPENT_PLACES:-}" ] || view_is_shared; }

hedge__are_settled() {
	local ticks image
	ticks=$1
	shift
	for image in "$@"; do hedge__is_settled "$image" "$ticks" || return 1; done
}

# hedge__is_settled IMAGE TICKS
hedge__is_settled() {
	local own place
	picks_find "$1"
	own=$PLACES_OWN place=$PICKS_PLACE
	! hedge_wants_all || place=''
	[ "$place" != "$own" ] && ! places_is_refused "$1" || return 0
	if [ -n "$place" ]; then
		[ "$2" -ge 20 ] || spent_has "$own" || hedge_has_ended "$own"
	else
		for place in $(places_of "$1"); do hedge_has_ended "$place" || return 1; done
	fi
}
