# Room job: How does the main job build and check the services of this repository?
# Face: job_* owned_* phases_* prerequisites_check run_report_write services_*
# Job: the phases of the main job that build and check images.
# Works in SCRATCH: build.log has all build output; images.tsv name, id, bytes and attempts of each built service.
# shellcheck shell=sh

# job_begin FILE: starts the job's deadline. FILE is the place where the user finds the log afterwards, for messages.
job_begin() {
	JOB_DEADLINE=$(clock_deadline "$SEAWALL_DEADLINE") JOB_LOG=$1
	: >"$SCRATCH/build.log"
	: >"$SCRATCH/images.tsv"
}

# job_images SERVICE...: prints the base images of the Dockerfile that these services need. The smoke client needs
# Python's.
job_images() {
	local names
	names=PYTHON_RUNTIME
	case $(services_kinds "$*") in *static*) names="$names\\|GO_.*" ;; esac
	case $(services_kinds "$*") in *python*) names="$names\\|PYTHON_.*" ;; esac
	images_list Dockerfile "$names"
}

# job_choose_bases IMAGE...: chooses a source for each base image, sets JOB_WORDS to the list of the words that each
# build adds. Exits with 75 if an image has none.
job_choose_bases() {
	trust_find_host
	images_choose "$@"
	# shellcheck disable=SC2046 # names of images hold no blanks
	! image_plan_has unserved || job__refuse_unserved $(image_plan_list unserved)
	images_set_words no
	JOB_WORDS=$IMAGES_WORDS
	phases_detail "$# images, $(image_plan_list mirrored | wc -l) from mirrors"
	! image_plan_has degraded ||
		phases_detail "degraded: alternatives for $(image_plan_list degraded | wc -l) of $# images"
}

job__refuse_unserved() {
	die 75 "wanted $1, no registry serves it and SEAWALL_BASE_FALLBACKS names no alternative:" \
		'run again later or name one'
}

# job_build NAME ATTEMPTS BUILDX_ARGUMENT...: builds seawall-RUN/NAME with docker-build.sh, within the rest of the
# deadline. Returns its exit code. Sets JOB_ATTEMPTS.
job_build() {
	local name attempts status
	name=$1 attempts=$2
	shift 2
	eval "set -- \"\$@\" $JOB_WORDS"
	status=0
	# docker-build.sh would not accept all settings from ./seawall.conf.
	settings_print_set >"$SCRATCH/job.conf"
	# That of an earlier build.
	rm -f "$SCRATCH/build-report.json"
	attempt_run --grace 5 "$(($(clock_left "$JOB_DEADLINE") + 5))" env "SEAWALL_RUN=$SEAWALL_RUN" \
		"SEAWALL_DEADLINE=@$(clock_epoch "$JOB_DEADLINE")" "SEAWALL_CONF=$SCRATCH/job.conf" \
		"$SEAWALL_LIB/../docker-build.sh" --attempts "$attempts" --report "$SCRATCH/build-report.json" -- \
		--progress plain --load --provenance=false --tag "seawall-$SEAWALL_RUN/$name" "$@" . \
		>"$SCRATCH/output" 2>&1 || status=$?
	cat "$SCRATCH/output" >>"$SCRATCH/build.log"
	job__read_build_report "$name" "$status"
	return "$status"
}

# job__read_build_report NAME STATUS: sets JOB_ATTEMPTS; for a failure adds the class to JOB_CLASSES and logs an error.
# docker-build.sh ended before its first attempt if it wrote no report.
job__read_build_report() {
	local class attempts
	JOB_ATTEMPTS=$(sed -n 's/.*"builds":\([0-9]*\).*/\1/p' "$SCRATCH/build-report.json" 2>/dev/null) || :
	: "${JOB_ATTEMPTS:=0}"
	attempts=$(values_count "$JOB_ATTEMPTS" attempt)
	phases_detail "$attempts"
	[ "$2" -ne 0 ] || return 0
	class=$(sed -n 's/.*"class":"\([a-z0-9-]*\)".*/\1/p' "$SCRATCH/build-report.json" 2>/dev/null) || :
	JOB_CLASSES="${JOB_CLASSES:-} $class"
	phases_detail "$attempts, $class"
	log_error "build of $1: $class after $attempts, log in $JOB_LOG:" \
		"$(advice_for "$2" "$class" "$SCRATCH/output" buildkit)"
}

# job_build_service NAME ATTEMPTS BUILDX_ARGUMENT...: builds service NAME and adds its row to SCRATCH/images.tsv.
job_build_service() {
	local name attempts built
	name=$1 attempts=$2
	shift 2
	job_build "$name" "$attempts" --target final --build-arg "SERVICE=$name" "$@" || return
	built=$(docker image inspect --format '{{.Id}}	{{.Size}}' "seawall-$SEAWALL_RUN/$name") || return
	printf '%s\t%s\t%s\n' "$name" "$built" "$JOB_ATTEMPTS" >>"$SCRATCH/images.tsv"
}

# job_check_image NAME: checks the built image of service NAME. Returns 1 and logs the findings if there are any.
job_check_image() {
	image_check "seawall-$SEAWALL_RUN/$1" "$1" "$(services_kinds "$1")" "$(services_limit "$1")" >"$SCRATCH/said" ||
		job__fail || return
	phases_detail "$((IMAGE_BYTES / 1000000)) MB"
}

# job_smoke_test SERVICE...: runs these services together. Returns 1 and logs the findings if there are any. A healthy
# service answers within two seconds; the limit is 20 s for slow machines.
job_smoke_test() {
	local service services
	services=$*
	for service in "$@"; do
		shift
		set -- "$@" "$service=seawall-$SEAWALL_RUN/$service"
	done
	smoke_run "seawall-$SEAWALL_RUN/smoke-client" 20 "$@" >"$SCRATCH/said" || job__fail || return
	phases_detail "$services: $(grep -c '^ok' "$SCRATCH/smoke") checks passed"
}

# job__fail: logs each finding in SCRATCH/said; the first goes into the table. Returns 1.
job__fail() {
	local line
	while IFS= read -r line; do phases_log_error "$line"; done <"$SCRATCH/said"
	phases_detail "$(head -n 1 "$SCRATCH/said" | tr '\t' ' ')"
	return 1
}
