# Prerequisites: checks engine, report folder, disk, state folder and registries before the main job begins. The checks
# start nothing and leave nothing behind.
# shellcheck shell=sh

# prerequisites_check FOLDER IMAGE...: FOLDER is for the run report, IMAGE a base image. Exits with 71 without an
# engine, 73 if something cannot be written.
prerequisites_check() {
	local folder detail
	folder=$1
	shift
	engine_find
	run_report_prepare "$folder"
	prerequisites__check_disk
	prerequisites__check_folders
	state_use "$SEAWALL_STATE" ''
	detail="engine $ENGINE_KIND, $(disk_free_mb "$SEAWALL_STATE") MB free"
	phases_detail "$detail"
	# Without a client the registries are asked after the engine phase has fetched one.
	engine_has_client || return 0
	hedge_probe "$@"
	phases_detail "$detail, registries answer for $(picks_count) of $# images"
}

# Measured: 1.9 GB for a first run with engine, bases and caches, 0.3 GB for a later one.
prerequisites__check_disk() {
	local megabytes
	megabytes=500
	[ -d "$SEAWALL_STATE/bases" ] || megabytes=3000
	disk_check "$SEAWALL_STATE" "$megabytes" ' or set SEAWALL_STATE'
}

prerequisites__check_folders() {
	state_make "$SEAWALL_STATE" || die 73 "wanted to write in $SEAWALL_STATE, could not: make room or set SEAWALL_STATE"
	printf '' 2>/dev/null >>"$SEAWALL_EVENTS" ||
		die 73 "wanted to write $SEAWALL_EVENTS, could not: make room or set SEAWALL_EVENTS"
	events_bound 20000
}
