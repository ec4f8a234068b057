# Prerequisites: what must be there before anything is begun. The questions start nothing and leave nothing.
# Needs log.sh, exit.sh, events.sh, state.sh, engine.sh, hedge.sh, report.sh and disk.sh.
# shellcheck shell=sh

# prerequisites_check REPORT IMAGE...: sets STEP_DETAIL.
prerequisites_check() {
	local report
	report=$1
	shift
	engine_find
	report_prepare "$report"
	prerequisites__check_disk
	prerequisites__check_folders
	state_use "$SEAWALL_STATE" ''
	STEP_DETAIL="engine $ENGINE_KIND, $DISK_FREE MB free"
	# A machine without a client asks the registries once the engine step has brought one.
	engine_has_client || return 0
	hedge_probe "$@"
	STEP_DETAIL="$STEP_DETAIL, registries answer for $PLACES_ANSWERED of $# images"
}

# Measured: 1.9 GB for a first run with engine, bases and caches, 0.3 GB for a later one.
prerequisites__check_disk() {
	local need
	need=500
	[ -d "$SEAWALL_STATE/bases" ] || need=3000
	disk_check "$SEAWALL_STATE" "$need" ' or set SEAWALL_STATE'
}

prerequisites__check_folders() {
	state_make "$SEAWALL_STATE" || die 73 "wanted to write in $SEAWALL_STATE, could not: make room or set SEAWALL_STATE"
	printf '' 2>/dev/null >>"$SEAWALL_EVENTS" || die 73 "wanted to write $SEAWALL_EVENTS, could not: make room or set SEAWALL_EVENTS"
	events_bound 20000
}
