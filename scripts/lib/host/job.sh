# Job: the steps of the main job on one service or on all. Each sets STEP_DETAIL.
# Needs log.sh and images.sh, build.sh, image-check.sh, smoke.sh, services.sh. Works in SCRATCH. SERVICES: the chosen ones.
# shellcheck shell=sh

# job_images: the base images of the Dockerfile that the chosen services need; the smoke client runs on Python's.
job_images() {
	local names
	names=PYTHON_RUNTIME
	case $(services_kinds "$SERVICES") in *static*) names="$names\\|GO_.*" ;; esac
	case $(services_kinds "$SERVICES") in *python*) names="$names\\|PYTHON_.*" ;; esac
	images_list Dockerfile "$names"
}

# job_choose_bases IMAGE...: SCRATCH/options gets the words that every build here adds, one a line.
job_choose_bases() {
	build_find_trust
	images_choose "$@"
	{
		cat "$SCRATCH/contexts"
		build_secrets
		[ -z "$IMAGES_DEGRADED" ] || printf -- '--label\nseawall.degraded=base-image\n'
	} >"$SCRATCH/options"
	STEP_DETAIL="$# images, $IMAGES_MIRRORED from mirrors"
	# shellcheck disable=SC2086 # names of images hold no blanks
	[ -z "$IMAGES_DEGRADED" ] || STEP_DETAIL="degraded: alternatives stand in for $(job__count $IMAGES_DEGRADED) of $# images"
}

job__count() { printf '%s\n' "$#"; }

# job_build NAME ATTEMPTS BUILDX_ARGUMENT...: builds seawall-RUN/NAME.
job_build() {
	local name attempts status word
	name=$1 attempts=$2
	shift 2
	while IFS= read -r word; do set -- "$@" "$word"; done <"$SCRATCH/options"
	status=0
	build_image "$attempts" "seawall-$SEAWALL_RUN/$name" "$@" . || status=$?
	STEP_DETAIL="$LADDER_ATTEMPT attempt(s)"
	[ "$status" -ne 0 ] || return 0
	REPORT_CLASSES="${REPORT_CLASSES:-} $LADDER_CLASS"
	STEP_DETAIL="$STEP_DETAIL, $LADDER_CLASS"
	log_error "build of $name: $LADDER_CLASS after $LADDER_ATTEMPT attempt(s), the log is in $REPORT/build.log: $(exit_advice "$status")"
	return "$status"
}

# job_build_service NAME ATTEMPTS BUILDX_ARGUMENT...
job_build_service() {
	local name attempts
	name=$1 attempts=$2
	shift 2
	job_build "$name" "$attempts" --target final --build-arg "SERVICE=$name" "$@" || return
	docker image inspect --format "$name	{{.Id}}	{{.Size}}	$LADDER_ATTEMPT" "seawall-$SEAWALL_RUN/$name" >>"$SCRATCH/images.tsv"
}

job_check_image() {
	image_check "seawall-$SEAWALL_RUN/$1" "$1" "$(services_kinds "$1")" "$(services_limit "$1")" >"$SCRATCH/said" || job__fail || return
	STEP_DETAIL="$((IMAGE_BYTES / 1000000)) MB"
}

# A healthy service answers within a second or two; twenty leave room for a loaded machine.
job_smoke_test() {
	local service
	for service in $SERVICES; do set -- "$@" "$service=seawall-$SEAWALL_RUN/$service"; done
	smoke_run "seawall-$SEAWALL_RUN/smoke-client" 20 "$@" >"$SCRATCH/said" || job__fail || return
	STEP_DETAIL="$(printf '%s\n' "$SERVICES" | paste -s -d ' ' -): $(grep -c '^ok' "$SCRATCH/smoke") requests and states as wanted"
}

# The findings of SCRATCH/said, each a line; the first goes into the table. A finding fails the run.
job__fail() {
	local line
	while IFS= read -r line; do log_error "$STEP_NAME: $line"; done <"$SCRATCH/said"
	STEP_DETAIL=$(head -n 1 "$SCRATCH/said" | tr '\t' ' ')
	return 1
}
