# Build report: what a build did, for programs (build-report.schema.json), as summary of a job and as annotations.
# Works in SCRATCH: image-plan.tsv has the source and verdict of each base; caches.tsv has cache, way, verdict, hits and
# bytes of each cache; metadata is what buildx wrote about the result.
# shellcheck shell=sh

# build_report_begin FILE: the build begins; FILE is the place of its report.
build_report_begin() { BUILD_REPORT_FILE=$1 BUILD_REPORT_BEGUN=$(clock_uptime); }

# build_report_write STATUS: writes the report in one step, so that no reader sees a half of it. A failure ends no
# build.
build_report_write() {
	local part
	part='' BUILD_REPORT_TARGETS=''
	# Those of a bake.
	[ ! -s "$SCRATCH/targets.json" ] || BUILD_REPORT_TARGETS=$(paste -s -d , "$SCRATCH/targets.json")
	build_report__json "$1" "$FINDING_CLASS" "$LADDER_ATTEMPT" >"$SCRATCH/report.json"
	part=$(mktemp "$BUILD_REPORT_FILE.XXXXXX" 2>/dev/null) &&
		{ cat "$SCRATCH/report.json" >"$part" && mv -f "$part" "$BUILD_REPORT_FILE"; } 2>/dev/null || {
		log_warn "the report could not be written to $BUILD_REPORT_FILE"
		[ -z "$part" ] || rm -f "$part"
	}
}

# build_report__json STATUS CLASS ATTEMPTS
build_report__json() {
	json_object schema: 1 run "$SEAWALL_RUN" ended "$(clock_stamp)" exit: "$1" class "$2" \
		duration_s: "$(($(clock_uptime) - BUILD_REPORT_BEGUN))" builds: "$3" \
		degraded: "$(build_report__is_degraded)" plan "${PLAN:-no-cache}" image "$(build_report__digest config)" \
		digest "$(build_report__digest '')" bases: "[$(build_report__bases)]" caches: "[$(build_report__caches)]" \
		woven: "$(build_report__woven)" ${BUILD_REPORT_TARGETS:+targets: "[$BUILD_REPORT_TARGETS]"}
}

# build_report__woven: which steps ran with the kit, and why others did not.
build_report__woven() {
	json_object steps: "[$(weave_each build_report__step | paste -s -d , -)]" left "$(weave_left)"
}

# build_report__step LINE WHY TARGET
build_report__step() { json_object line: "$1" why "$2" ${3:+target "$3"}; }

build_report__caches() {
	local name way verdict hits bytes
	while IFS='	' read -r name way verdict hits bytes; do
		json_object cache "$name" way "$way" verdict "$verdict" hits: "$hits" bytes: "$bytes"
	done 2>/dev/null <"$SCRATCH/caches.tsv" | paste -s -d , -
}

build_report__is_degraded() {
	if image_plan_has degraded || image_plan_has unverified; then printf 'true\n'; else printf 'false\n'; fi
}

# build_report__digest config|'': prints the digest of the image's configuration, or of its manifest; nothing for
# several images. buildx writes one key a line.
build_report__digest() {
	grep -F -e "\"containerimage.${1:+$1.}digest\":" "$SCRATCH/metadata" 2>/dev/null |
		sed -n -e '1!d' -e '$s/.*: *"\([^"]*\)".*/\1/p'
}

build_report__bases() { image_plan_each build_report__base | paste -s -d , -; }

# build_report__base USE IMAGE DIGEST PLACE SOURCE VERDICT
build_report__base() { [ "$6" = unserved ] || json_object image "$2" source "$5" verdict "$6"; }

# build_report_show STATUS: annotations, one per verdict, if GitHub reads the log; a table, if it shows summaries.
build_report_show() {
	[ "${GITHUB_ACTIONS:-}" != true ] || build_report__annotate "$1" >&2
	[ -z "${GITHUB_STEP_SUMMARY:-}" ] || build_report__summary "$1" 2>/dev/null >>"$GITHUB_STEP_SUMMARY" || :
}

build_report__annotate() {
	image_plan_each build_report__annotate_base | redact_stream
	LC_ALL=C awk -F '\t' '$3 ~ /^(dropped|lost|failed)$/ {
		printf "::warning title=docker-build::%s of the cache %s left out (%s)\n", $2, $1, $3
	}' "$SCRATCH/caches.tsv" 2>/dev/null | redact_stream
	[ "$1" -eq 0 ] || printf '::error title=docker-build: %s::exit %s %s: %s\n' "${FINDING_CLASS:-none}" "$1" \
		"$(ladder_count)" "$(advice_for "$1" "${FINDING_CLASS:-none}" "$LADDER_TEXT")"
}

build_report__annotate_base() {
	case $6 in
		default | pinned | unserved) ;;
		*) printf '::warning title=docker-build::%s comes from %s (%s)\n' "$2" "$5" "$6" ;;
	esac
}

build_report__summary() {
	local degraded
	degraded=$(build_report__is_degraded)
	[ "$degraded" = true ] || degraded=''
	printf '### docker-build: exit %s %s%s\n\n' "$1" "$(ladder_count)" "${degraded:+, degraded}"
	printf '| base | source | verdict |\n| --- | --- | --- |\n'
	image_plan_each build_report__row | redact_stream
	[ ! -s "$SCRATCH/caches.tsv" ] || {
		printf '\n| cache | way | verdict | layers taken | bytes |\n| --- | --- | --- | ---: | ---: |\n'
		sed -e 's/	/` | /' -e 's/	/ | /g' -e 's/.*/| `& |/' "$SCRATCH/caches.tsv" | redact_stream
	}
	printf '\n'
}

build_report__row() { [ "$6" = unserved ] || printf '| `%s` | `%s` | %s |\n' "$2" "$5" "$6"; }
