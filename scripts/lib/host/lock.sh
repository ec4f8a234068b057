# Lock: one holder at a time among the processes of this machine; a dead holder is noticed.
# Needs clock.sh.
# shellcheck shell=sh

# lock_take NAME SECONDS: false when another living process kept it that long.
lock_take() {
	local end
	end=$(($(clock_now) + $2))
	mkdir -p "${1%/*}" || return
	until mkdir "$1.lock" 2>/dev/null; do
		lock__break_dead "$1"
		[ "$(clock_now)" -lt "$end" ] || return 1
		clock_sleep 0.1
	done
	printf '%s\n' "$$" >"$1.lock/pid"
	LOCK_HELD=$1
}

lock_drop() {
	[ -n "${LOCK_HELD:-}" ] || return 0
	rm -rf "$LOCK_HELD.lock"
	LOCK_HELD=''
}

# Renamed first: of two that notice, one breaks it.
lock__break_dead() {
	local pid
	pid=$(cat "$1.lock/pid" 2>/dev/null) || return 0
	[ -n "$pid" ] && ! kill -s 0 "$pid" 2>/dev/null || return 0
	mv "$1.lock" "$1.dead.$$" 2>/dev/null && rm -rf "$1.dead.$$" || :
}

# lock_drop_ours FOLDER: the locks in it that processes of this command have left, which a signal has ended between two lines.
lock_drop_ours() {
	local lock pid
	set +f
	set -- "$1"/*.lock
	set -f
	for lock in "$@"; do
		[ -d "$lock" ] || continue
		pid=$(cat "$lock/pid" 2>/dev/null) || pid=$$
		[ "${pid:-$$}" != "$$" ] || rm -rf "$lock"
	done
}
