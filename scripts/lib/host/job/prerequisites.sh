# Prerequisites: what must be there before anything is begun. The questions start nothing and leave nothing.
# shellcheck shell=sh

# prerequisites_check REPORT IMAGE...: sets PHASE_DETAIL.
prerequisites_check() {
	local report
	report=$1
	shift
	engine_find
	run_report_prepare "$report"
	prerequisites__check_disk
	prerequisites__check_folders
	state_use "$SEAWALL_STATE" ''
	PHASE_DETAIL="engine $ENGINE_KIND, $DISK_FREE MB free"
	# A machine without a client asks the registries once the engine step has brought one.
	engine_has_client || return 0
	hedge_probe "$@"
	PHASE_DETAIL="$PHASE_DETAIL, registries answer for $(picks_count) of $# images"
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
