# Outcome: what a build did, for programs (build-report.schema.json), for the summary of a job and as annotations.
# Works in SCRATCH: choices.tsv has image, source and verdict of each base, caches.tsv
# cache, way, verdict, hits and bytes of each cache, and metadata is what buildx wrote of the result.
# shellcheck shell=sh

# build_report_begin FILE: the time begins; FILE is where the report goes.
build_report_begin() { BUILD_REPORT_FILE=$1 BUILD_REPORT_BEGUN=$(clock_uptime); }

# build_report_write STATUS: written at once, so that nobody reads half of it. A report that cannot be written is a
# warning.
build_report_write() {
	local part
	part=''
	build_report__json "$1" >"$SCRATCH/report.json"
	part=$(mktemp "$BUILD_REPORT_FILE.XXXXXX" 2>/dev/null) &&
		{ cat "$SCRATCH/report.json" >"$part" && mv -f "$part" "$BUILD_REPORT_FILE"; } 2>/dev/null || {
		log_warn "the report could not be written to $BUILD_REPORT_FILE"
		[ -z "$part" ] || rm -f "$part"
	}
}

build_report__json() {
	json_object schema: 1 run "$SEAWALL_RUN" ended "$(clock_stamp)" exit: "$1" class "${LADDER_CLASS:-}" \
		duration_s: "$(($(clock_uptime) - BUILD_REPORT_BEGUN))" builds: "${LADDER_ATTEMPT:-0}" degraded: "$(build_report__is_degraded)" \
		plan "${PLAN:-no-cache}" image "$(build_report__digest config)" digest "$(build_report__digest '')" bases: "[$(build_report__bases)]" \
		caches: "[$(build_report__caches)]"
}

build_report__caches() {
	local name way verdict hits bytes
	while IFS='	' read -r name way verdict hits bytes; do
		json_object cache "$name" way "$way" verdict "$verdict" hits: "$hits" bytes: "$bytes"
	done 2>/dev/null <"$SCRATCH/caches.tsv" | paste -s -d , -
}

build_report__is_degraded() { if [ -n "${IMAGES_DEGRADED:-}${IMAGES_UNVERIFIED:-}" ]; then printf 'true\n'; else printf 'false\n'; fi; }

# build_report__digest config|'': that of the image's configuration, or of its manifest. buildx writes a key a line.
build_report__digest() {
	grep -F -e "\"containerimage.${1:+$1.}digest\":" "$SCRATCH/metadata" 2>/dev/null | sed -n '1s/.*: *"\([^"]*\)".*/\1/p'
}

build_report__bases() {
	local image source verdict
	while IFS='	' read -r image source verdict; do
		json_object image "$image" source "$source" verdict "$verdict"
	done 2>/dev/null <"$SCRATCH/choices.tsv" | paste -s -d , -
}

# build_report_show STATUS: one annotation a verdict where GitHub reads the log, a table where it shows summaries.
build_report_show() {
	[ "${GITHUB_ACTIONS:-}" != true ] || build_report__annotate "$1" >&2
	[ -z "${GITHUB_STEP_SUMMARY:-}" ] || build_report__summary "$1" 2>/dev/null >>"$GITHUB_STEP_SUMMARY" || :
}

build_report__annotate() {
	local image source verdict
	while IFS='	' read -r image source verdict; do
		case $verdict in default | pinned | '') ;; *) printf '::warning title=docker-build::%s comes from %s (%s)\n' "$image" "$source" "$verdict" ;; esac
	done 2>/dev/null <"$SCRATCH/choices.tsv" | redact_stream
	sed -n 's/^\([^	]*\)	\([^	]*\)	\(dropped\|lost\|failed\)	.*/::warning title=docker-build::\2 of the cache \1 left out (\3)/p' "$SCRATCH/caches.tsv" 2>/dev/null | redact_stream
	[ "$1" -eq 0 ] || printf '::error title=docker-build: %s::exit %s after %s attempt(s): %s\n' "${LADDER_CLASS:-none}" "$1" \
		"${LADDER_ATTEMPT:-0}" "$(exit_advice "$1")"
}

build_report__summary() {
	local image source verdict degraded
	degraded=${IMAGES_DEGRADED:-}${IMAGES_UNVERIFIED:-}
	printf '### docker-build: exit %s after %s attempt(s)%s\n\n' "$1" "${LADDER_ATTEMPT:-0}" "${degraded:+, degraded}"
	printf '| base | source | verdict |\n| --- | --- | --- |\n'
	while IFS='	' read -r image source verdict; do
		printf '| `%s` | `%s` | %s |\n' "$image" "$source" "$verdict"
	done <"$SCRATCH/choices.tsv" | redact_stream
	[ ! -s "$SCRATCH/caches.tsv" ] || {
		printf '\n| cache | way | verdict | layers taken | bytes |\n| --- | --- | --- | ---: | ---: |\n'
		sed -e 's/	/` | /' -e 's/	/ | /g' -e 's/.*/| `& |/' "$SCRATCH/caches.tsv" | redact_stream
	}
	printf '\n'
}
