# Room job: How does the main job build and check the services of this repository?
# Face: job_* owned_* phases_* prerequisites_check run_report_write services_*
# Job: the steps of the main job on one service or on all. Each sets PHASE_DETAIL.
# Works in SCRATCH.
# shellcheck shell=sh

# job_begin REPORT "SERVICE...": begins the record of a job: JOB_REPORT, the folder of the report; JOB_SERVICES, the services
# to build; JOB_LOG, the file that keeps all output; JOB_CLASSES, the classes of failed builds; JOB_DEADLINE, the uptime at
# which everything must have ended.
job_begin() {
	JOB_REPORT=$1 JOB_SERVICES=$2 JOB_LOG=$SCRATCH/build.log JOB_CLASSES=''
	JOB_DEADLINE=$(clock_deadline "$SEAWALL_DEADLINE")
	: >"$JOB_LOG"
}

# job_images: the base images of the Dockerfile that the chosen services need; the smoke client runs on Python's.
job_images() {
	local names
	names=PYTHON_RUNTIME
	case $(services_kinds "$JOB_SERVICES") in *static*) names="$names\\|GO_.*" ;; esac
	case $(services_kinds "$JOB_SERVICES") in *python*) names="$names\\|PYTHON_.*" ;; esac
	images_list Dockerfile "$names"
}

# job_choose_bases IMAGE...: sets JOB_WORDS to the list of the words that each build here adds.
job_choose_bases() {
	trust_find_host
	images_choose "$@"
	# shellcheck disable=SC2086 # names of images hold no blanks
	[ -z "$IMAGES_UNSERVED" ] || job__refuse_unserved $IMAGES_UNSERVED
	JOB_WORDS=$IMAGES_WORDS
	[ -z "$IMAGES_DEGRADED" ] || list_add JOB_WORDS --label seawall.degraded=base-image
	PHASE_DETAIL="$# images, $IMAGES_MIRRORED from mirrors"
	# shellcheck disable=SC2086 # names of images hold no blanks
	[ -z "$IMAGES_DEGRADED" ] || PHASE_DETAIL="degraded: alternatives stand in for $(job__count $IMAGES_DEGRADED) of $# images"
}

job__refuse_unserved() { die 75 "no registry serves $1 and SEAWALL_BASE_FALLBACKS names no alternative: run again later or name one"; }

job__count() { printf '%s\n' "$#"; }

# job_build NAME ATTEMPTS BUILDX_ARGUMENT...: builds seawall-RUN/NAME by docker-build.sh, with what is left of deadline and
# budget. Sets JOB_ATTEMPTS.
job_build() {
	local name attempts status
	name=$1 attempts=$2
	shift 2
	eval "set -- \"\$@\" $JOB_WORDS"
	status=0
	# What docker-build.sh would not believe of the folder's own file.
	settings_print_set >"$SCRATCH/job.conf"
	attempt_run --grace 5 "$(($(clock_left "$JOB_DEADLINE") + 5))" env "SEAWALL_RUN=$SEAWALL_RUN" \
		"SEAWALL_DEADLINE=@$(clock_epoch "$JOB_DEADLINE")" "SEAWALL_CONF=$SCRATCH/job.conf" \
		"$SEAWALL_LIB/../docker-build.sh" --attempts "$attempts" --report "$SCRATCH/outcome.json" -- \
		--progress plain --load --provenance=false --tag "seawall-$SEAWALL_RUN/$name" "$@" . >"$SCRATCH/output" 2>&1 || status=$?
	cat "$SCRATCH/output" >>"$JOB_LOG"
	job__tell_outcome "$name" "$status"
	return "$status"
}

# job__tell_outcome NAME STATUS
job__tell_outcome() {
	local class
	JOB_ATTEMPTS=$(sed -n 's/.*"builds":\([0-9]*\).*/\1/p' "$SCRATCH/outcome.json" 2>/dev/null) || :
	PHASE_DETAIL="$JOB_ATTEMPTS attempt(s)"
	[ "$2" -ne 0 ] || return 0
	class=$(sed -n 's/.*"class":"\([a-z0-9-]*\)".*/\1/p' "$SCRATCH/outcome.json" 2>/dev/null) || :
	JOB_CLASSES="$JOB_CLASSES $class"
	PHASE_DETAIL="$PHASE_DETAIL, $class"
	log_error "build of $1: $class after $JOB_ATTEMPTS attempt(s), the log is in $JOB_REPORT/build.log: $(exit_advice "$2")"
}

# job_build_service NAME ATTEMPTS BUILDX_ARGUMENT...
job_build_service() {
	local name attempts built
	name=$1 attempts=$2
	shift 2
	job_build "$name" "$attempts" --target final --build-arg "SERVICE=$name" "$@" || return
	built=$(docker image inspect --format '{{.Id}}	{{.Size}}' "seawall-$SEAWALL_RUN/$name") || return
	printf '%s\t%s\t%s\n' "$name" "$built" "$JOB_ATTEMPTS" >>"$SCRATCH/images.tsv"
}

job_check_image() {
	image_check "seawall-$SEAWALL_RUN/$1" "$1" "$(services_kinds "$1")" "$(services_limit "$1")" >"$SCRATCH/said" || job__fail || return
	PHASE_DETAIL="$((IMAGE_BYTES / 1000000)) MB"
}

# A healthy service answers within a second or two; twenty leave room for a loaded machine.
job_smoke_test() {
	local service
	for service in $JOB_SERVICES; do set -- "$@" "$service=seawall-$SEAWALL_RUN/$service"; done
	smoke_run "seawall-$SEAWALL_RUN/smoke-client" 20 "$@" >"$SCRATCH/said" || job__fail || return
	PHASE_DETAIL="$(printf '%s\n' "$JOB_SERVICES" | paste -s -d ' ' -): $(grep -c '^ok' "$SCRATCH/smoke") requests and states as wanted"
}

# The findings of SCRATCH/said, each a line; the first goes into the table. A finding fails the run.
job__fail() {
	local line
	while IFS= read -r line; do log_error "$PHASE_NAME: $line"; done <"$SCRATCH/said"
	PHASE_DETAIL=$(head -n 1 "$SCRATCH/said" | tr '\t' ' ')
	return 1
}
