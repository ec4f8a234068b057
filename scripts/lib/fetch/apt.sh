# Apt: installs packages from one mirror, probes a mirror, and saves packages as the last known good. Uses STEP_FOLDER.
# shellcheck shell=sh

# apt_begin MIRRORS: once for a step.
apt_begin() {
	# apt ignores an empty APT_CONFIG.
	APT_OWN_CONFIG=${APT_CONFIG:-} APT_SOURCES_ANCHOR='' APT_SOURCES_RELEASE='' APT_PLAN_LEFT_OUT=''
	# apt downloads as the user _apt, who must be able to enter the folder.
	chmod 755 "$STEP_FOLDER"
	: >"$STEP_FOLDER/plan"
	# A step with the sources of the image and nothing to keep reads none.
	[ "$1" = default ] && [ -z "$SEAWALL_LAST_GOOD" ] || apt_sources_read
}

# apt_install_from SOURCE PACKAGE...: one attempt. Lists and packages come from the same mirror, because the lists of
# one mirror may name packages that another does not have. Unpacking has no silence limit.
apt_install_from() {
	local source status
	source=$1 status=0
	shift
	(set +f && rm -rf /var/lib/apt/lists/*)
	mkdir -p "$STEP_FOLDER/archives/partial"
	case $source in
		file://*) apt__fetch_kept "${source#file://}" "$@" || status=$? ;;
		*) apt__fetch "$source" "$@" || status=$? ;;
	esac
	# 124: a time limit of the kit.
	case $status in 0) ;; 124) return 124 ;; *) apt_judge && return "$status" ;; esac
	[ "$PACKAGE_WORDS_SIMULATED" = no ] || return 0
	apt_use apt-get step_local
	apt_run install -y --no-install-recommends --no-download "$@"
}

# apt__fetch SOURCE PACKAGE...: updates the lists and downloads the packages.
apt__fetch() {
	local source
	source=$1 APT_PLAN_LEFT_OUT=''
	shift
	: >"$STEP_FOLDER/plan"
	if [ "$source" != default ] && apt_plan_mirror "$source" && apt_sources_write all; then
		apt__point_archives "$STEP_FOLDER"
	else
		apt__point_archives ''
	fi
	apt_use apt-get step_run
	apt__update && apt_run install -y --no-install-recommends --download-only "$@"
}

# apt__fetch_kept STORE PACKAGE...: fetches packages from the last known good copy. apt reads a private copy of it and
# verifies lists and packages like those of a mirror, with the sources and keys of the image.
apt__fetch_kept() {
	local store tree
	store=$1 tree=$STEP_FOLDER/kept APT_PLAN_LEFT_OUT=''
	shift
	apt_lists_make_tree "$store" "$tree"
	apt_plan_copies "$tree"
	apt_sources_write deb || return
	apt__point_archives "$STEP_FOLDER"
	apt_use apt-get step_local
	apt__update -o Acquire::By-Hash=no -o Acquire::Languages=none || return
	apt_use apt-get env
	apt_run install -y --no-install-recommends --print-uris "$@" 2>/dev/null |
		apt_lists_place_packages "$store/archives" "$tree"
	apt_use apt-get step_local
	apt_run install -y --no-install-recommends --download-only "$@"
}

# apt_use PROGRAM RUNNER: apt_run runs this program.
apt_use() { APT_PROGRAM=$1 APT_RUNNER=$2; }

# apt_run ARGUMENT...: runs apt-get. Without Error-Mode=any `apt-get update` exits 0 if a mirror is down (apt 2.6).
apt_run() {
	"$APT_RUNNER" "$APT_PROGRAM" -o Acquire::Retries=0 -o APT::Update::Error-Mode=any \
		-o "Acquire::http::Timeout=$SEAWALL_SILENCE" -o "Acquire::https::Timeout=$SEAWALL_SILENCE" "$@"
}

# apt__update WORD...: with the options of the caller that it knows.
apt__update() {
	eval "set -- update$PACKAGE_WORDS_UPDATE \"\$@\""
	apt_run "$@"
}

# apt_point FOLDER LINE...: makes apt use the sources in FOLDER/etc (empty: those of the image) and these lines of
# configuration. They are set by APT_CONFIG, which every apt-get of this step reads.
apt_point() {
	APT_CONFIG=$SCRATCH/apt.conf && export APT_CONFIG
	{
		[ -z "$APT_OWN_CONFIG" ] || printf '#include "%s";\n' "$APT_OWN_CONFIG"
		if [ -n "$1" ]; then
			printf 'Dir::Etc::sourcelist "%s/etc/sources.list";\n' "$1"
			printf 'Dir::Etc::sourceparts "%s/etc/sources.list.d";\n' "$1"
		fi
		shift
		printf '%s;\n' "$@"
	} >"$APT_CONFIG"
}

# apt_point_back: apt uses the configuration of the image. An empty APT_CONFIG is none.
apt_point_back() { APT_CONFIG=$APT_OWN_CONFIG && export APT_CONFIG; }

# apt__point_archives FOLDER: apt_point, with the archives of this step.
apt__point_archives() { apt_point "$1" "Dir::Cache::archives \"$STEP_FOLDER/archives\""; }

# apt_probe SOURCE: requests the InRelease file, the smallest signed file of an archive. The page of a login portal does
# not begin with a signature.
apt_probe() {
	local url status
	url=$(apt_sources_release_file "$1")
	[ -n "$url" ] && [ -x /usr/lib/apt/apt-helper ] || return 0
	status=0
	step_ask /usr/lib/apt/apt-helper -o Acquire::Retries=0 -o Debug::Acquire::http=true \
		download-file "$url" "$SCRATCH/release" || status=$?
	if [ "$status" -eq 0 ] && ! grep -q -e '^-----BEGIN PGP' "$SCRATCH/release"; then
		printf "E: Clearsigned file isn't valid, got 'NOSPLIT' (does the network require authentication?)\n" \
			>"$LADDER_TEXT"
		status=100
	elif [ "$status" -ne 0 ]; then
		printf 'response status code: %s\n' "$(apt_judge_statuses | sed 1q)" >>"$LADDER_TEXT"
	fi
	rm -f "$SCRATCH/release"
	return "$status"
}

# apt_describe_sources: prints what tells one image from another: its sources and its architecture.
apt_describe_sources() { cat "$STEP_FOLDER/sources" && dpkg --print-architecture; }

# apt_keep FOLDER ...: copies lists and packages as the last known good copy.
apt_keep() {
	rm -rf "$1/lists" "$1/archives"
	apt_lists_keep "$1" && cp -R "$STEP_FOLDER/archives" "$1/"
}

# apt_tell_left_out: reports the suites that no host served.
apt_tell_left_out() {
	[ -z "$APT_PLAN_LEFT_OUT" ] || last_good_tell_degraded \
		"neither the mirror nor the host of the image serves$APT_PLAN_LEFT_OUT: installed without these updates"
}
