# Preflight: everything that a build fetches over the network, and the answer of each place that may serve it.
# Works in SCRATCH: needs.tsv has the columns how and what; answers.tsv how, what, place, verdict and detail.
# shellcheck shell=sh

# preflight_list DOCKERFILE: writes needs.tsv.
preflight_list() {
	sources_read "$1"
	cp "$SCRATCH/sources" "$SCRATCH/needs.tsv"
	preflight__builder_image >>"$SCRATCH/needs.tsv"
}

# A builder of the docker-container driver that does not run yet needs its own image.
preflight__builder_image() {
	local image
	builder_inspect || return 0
	[ "$(builder_field Driver)" = docker-container ] && [ "$(builder_field Status)" != running ] || return 0
	image=$(builder_field 'Driver Options' | sed -n 's/.*image="\([^"]*\)".*/\1/p')
	reference_is_valid "${image:=moby/buildkit:buildx-stable-1}" || return 0
	printf 'builder\t%s\n' "$image"
}

# preflight_ask: asks all places of all needs, and writes answers.tsv.
preflight_ask() {
	local how what
	# shellcheck disable=SC2046 # names of images hold no blanks
	hedge_probe --all $(sed -n 's/^\(from\|copy\|mount\|syntax\|sbom\|builder\)	//p' "$SCRATCH/needs.tsv" | sort -u)
	while IFS='	' read -r how what; do
		case $how in
			secret | policy) ;;
			add) preflight__ask_url "$what" ;;
			unread) printf '%s\t%s\t-\tunread\tleft to the builder\n' "$how" "$what" ;;
			*) preflight__tell_image "$how" "$what" ;;
		esac
	done <"$SCRATCH/needs.tsv" >"$SCRATCH/answers.tsv"
}

preflight__tell_image() {
	local place
	for place in $(places_of "$2"); do
		printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$(reference_host "$place")" "$(preflight__tell_place "$place")"
	done
}

# preflight__tell_place PLACE: prints `ok` or a class, a tab, and the digest or the words of the failure.
preflight__tell_place() {
	places_find_answer "$1"
	if [ -f "$PLACES_ANSWER" ]; then
		printf 'ok\t%s%s\n' "$(cat "$PLACES_ANSWER")" "$(sed 's/^/, pulls left: /' "$PLACES_ANSWER.left" 2>/dev/null)"
	else
		printf '%s\t%s\n' "$(cat "$PLACES_ANSWER.class" 2>/dev/null || printf 'silent')" \
			"$(head -n 1 "$PLACES_ANSWER.why" 2>/dev/null)"
	fi
}

# preflight__ask_url URL
preflight__ask_url() {
	local place
	case $1 in
		*'$'*) preflight__tell_url "$1" - unread 'it has a variable: left to the builder' && return ;;
		http://* | https://*) ;;
		*) preflight__tell_url "$1" - unknown 'a repository, which is not checked' && return ;;
	esac
	command -v curl >/dev/null 2>&1 || { preflight__tell_url "$1" - unknown 'no curl on this machine' && return; }
	for place in "$1" $(urls_mirrors "$1"); do preflight__ask_place "$1" "$place"; done
}

# preflight__ask_place URL PLACE: PLACE is the URL itself or a mirror.
preflight__ask_place() {
	local status class host
	status=0 host=$(http_host "$2")
	http_ask "$2" "$SCRATCH/url" --head --output /dev/null || status=$?
	class=$(answer_class "$status" "$SCRATCH/url")
	if [ -z "$class" ]; then
		preflight__tell_url "$1" "$host" ok ''
	else
		preflight__tell_url "$1" "$host" "$class" "$(answer_words "$status" "$SCRATCH/url" "$host")"
	fi
}

# preflight__tell_url URL PLACE VERDICT DETAIL
preflight__tell_url() { printf 'add\t%s\t%s\t%s\t%s\n' "$@"; }

# preflight_judge: returns the exit code of the worst need; a permanent failure is worse than an outage. One place that
# serves it is enough.
preflight_judge() {
	LC_ALL=C awk -F '\t' '
		BEGIN { worst = 0 }
		!($2 in first) { first[$2] = $4 }
		$4 == "ok" || $4 == "unread" || $4 == "unknown" { served[$2] = 1 }
		END {
			for (what in first) {
				if (what in served) continue
				code = first[what] == "not-found" ? 69 : first[what] == "auth" ? 77 : 75
				if (index("75 69 77", code) > index("75 69 77", worst)) worst = code
			}
			exit worst
		}
	' "$SCRATCH/answers.tsv"
}

preflight_show_table() {
	{
		printf 'needs\twhat\tplace\tverdict\tdetail\n'
		cat "$SCRATCH/answers.tsv"
	} | redact_stream | LC_ALL=C awk -F '\t' '
		{
			for (n = 1; n <= 4; n++) {
				cell[NR, n] = $n
				if (length($n) > width[n]) width[n] = length($n)
			}
			rest[NR] = $5
		}
		END { for (r = 1; r <= NR; r++) {
			line = ""
			for (n = 1; n <= 4; n++) line = line sprintf("%-" width[n] "s  ", cell[r, n])
			line = line rest[r]; sub(/ +$/, "", line); print line
		} }
	'
}

preflight_show_json() {
	local how what place verdict detail
	while IFS='	' read -r how what place verdict detail; do
		json_object needs "$how" what "$what" place "$place" verdict "$verdict" detail "$detail"
	done <"$SCRATCH/answers.tsv"
}
