# Lost data: the builder's cache has records of data that its snapshotter or content store has lost, as a crash or a
# restored disk leaves them. A build without the cache makes the data of its steps again. It would still use a lost
# layer of an image, or a lost copy of a build context, so the builder drops the records of these. A build has several
# copies, and each failure names one, so all copies that no build uses are dropped: clients send them again.
# Works in SCRATCH. One record: LOST_DATA_CACHE (`used`, or `none` if the next builds must not use the builder's cache).
# shellcheck shell=sh

# Seconds for `docker buildx du` and `prune`; each took 3 s with 2400 records (measured).
LOST_DATA_SECONDS=30

lost_data_begin() { LOST_DATA_CACHE=used LOST_DATA_DROPPED=''; }

# lost_data_is_named FILE: whether FILE says so in the words of BuildKit or containerd. BuildKit also prints them behind
# `failed to read dockerfile`.
lost_data_is_named() {
	! grep -q 'did not complete successfully' "$1" || return 1
	grep -q -E -e 'snapshot [^ ]+ does not exist' -e 'failed to stat ([a-z]+ )*(snapshot|key during commit)' \
		-e '/snapshots/[0-9]+[^ ]*: no such file or directory' -e 'failed to get dead record' \
		-e 'missing parent [^ ]+ bucket' -e 'content (digest )?sha256:[0-9a-f]+: not found' \
		-e 'failed to get reader from content store' -e 'blob sha256:[0-9a-f]+ expected at [^ ]+: .*not found' "$1"
}

# lost_data_leave FILE PROGRESS: true if the next build can do without the lost data that FILE names. What was dropped
# before and is lost again is not dropped again.
lost_data_leave() {
	if lost_data__is_of_context "$1"; then
		lost_data__drop contexts lost_data__prune type=source.local
	elif lost_data__is_of_image "$1" || [ "$LOST_DATA_CACHE" = none ]; then
		lost_data__drop image lost_data__drop_image "$1" "$2"
	else
		false
	fi || lost_data__build_without_cache
}

lost_data__is_of_context() { grep -q -E 'failed to read dockerfile|\[internal\] load (build|\.docker)' "$1"; }

# Snapshots of image layers are named by a digest, those of steps are not.
lost_data__is_of_image() { grep -q -E 'snapshot sha256:[0-9a-f]+' "$1"; }

lost_data__build_without_cache() {
	lost_data_allows_cache || return
	log_warn "the builder has lost data of its cache: the next build runs without its cache"
	lost_data_use_no_cache
}

# lost_data_allows_cache: whether the next build may use the builder's cache.
lost_data_allows_cache() { [ "$LOST_DATA_CACHE" = used ]; }

lost_data_use_no_cache() { LOST_DATA_CACHE=none; }

# lost_data__drop WHAT FUNCTION ARGUMENT...: runs FUNCTION, once per build.
lost_data__drop() {
	local what
	what=$1
	shift
	! values_has "$what" "$LOST_DATA_DROPPED" || return 1
	LOST_DATA_DROPPED="$LOST_DATA_DROPPED $what"
	"$@" || return
	log_warn "the builder has lost data of its cache: it drops the records of that data"
}

# lost_data__drop_image FILE PROGRESS: drops the records of the image of the failed stage, and those of the layers on
# it, whose data is lost with it. False if there are none.
lost_data__drop_image() {
	local ids
	attempt_run "$LOST_DATA_SECONDS" docker buildx du --verbose 2>/dev/null >"$SCRATCH/du" || return
	LC_ALL=C awk -f "$SEAWALL_LIB/host/build/lost-data.awk" what=text "$1" what=progress "$2" \
		what=records "$SCRATCH/du" >"$SCRATCH/du.ids"
	ids=$(paste -s -d '|' "$SCRATCH/du.ids")
	[ -n "$ids" ] && lost_data__prune "id~=\"^($ids)$\""
}

# lost_data__prune FILTER: true if it dropped anything. A build that failed may still hold a record (BuildKit 0.25).
lost_data__prune() {
	attempt_run "$LOST_DATA_SECONDS" docker buildx prune --force --filter "$1" >"$SCRATCH/pruned" \
		2>"$SCRATCH/prune.why" && grep -q '^ID' "$SCRATCH/pruned"
}
