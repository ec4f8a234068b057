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
	case $status in 0) ;; 124) return 124 ;; *) apt__judge && return "$status" ;; esac
	APT_RUNNER=step_local
	apt__run install -y --no-install-recommends --no-download "$@"
}

# apt__fetch SOURCE PACKAGE...: updates the lists and downloads the packages.
apt__fetch() {
	local source
	source=$1 APT_PLAN_LEFT_OUT=''
	shift
	: >"$STEP_FOLDER/plan"
	if [ "$source" != default ] && apt_plan_mirror "$source" && apt_sources_write all; then
		apt__point "$STEP_FOLDER"
	else
		apt__point ''
	fi
	APT_RUNNER=step_run
	apt__run update && apt__run install -y --no-install-recommends --download-only "$@"
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
	apt__point "$STEP_FOLDER"
	APT_RUNNER=step_local
	apt__run -o Acquire::By-Hash=no -o Acquire::Languages=none update || return
	APT_RUNNER='env'
	apt__run install -y --no-install-recommends --print-uris "$@" 2>/dev/null |
		apt_lists_place_packages "$store/archives" "$tree"
	APT_RUNNER=step_local
	apt__run install -y --no-install-recommends --download-only "$@"
}

# apt__run ARGUMENT...: runs apt-get by APT_RUNNER. Without Error-Mode=any `apt-get update` exits 0 if a mirror is down
# (apt 2.6).
apt__run() {
	"$APT_RUNNER" apt-get -o Acquire::Retries=0 -o APT::Update::Error-Mode=any \
		-o "Acquire::http::Timeout=$SEAWALL_SILENCE" -o "Acquire::https::Timeout=$SEAWALL_SILENCE" "$@"
}

# apt__point FOLDER: makes apt use the sources in FOLDER/etc (empty: those of the image) and the archives of this step.
# It is set by APT_CONFIG, which every apt-get of this step reads.
apt__point() {
	APT_CONFIG=$SCRATCH/apt.conf && export APT_CONFIG
	{
		[ -z "$APT_OWN_CONFIG" ] || printf '#include "%s";\n' "$APT_OWN_CONFIG"
		if [ -n "$1" ]; then
			printf 'Dir::Etc::sourcelist "%s/etc/sources.list";\n' "$1"
			printf 'Dir::Etc::sourceparts "%s/etc/sources.list.d";\n' "$1"
		fi
		printf 'Dir::Cache::archives "%s";\n' "$STEP_FOLDER/archives"
	} >"$APT_CONFIG"
}

# apt__judge: sets the finding of a failed download from the HTTP status that apt printed, whatever its reason phrase.
# For every status of an InRelease file but 404 apt adds `is not signed`, which is no evidence of wrong bytes. Another
# mirror may have what this one does not have, or refuses, or be signed with a key that the image trusts. Other wrong
# bytes are left to the classifier.
apt__judge() {
	local status class found
	found=''
	if grep -q -i -E 'NO_PUBKEY|KEYSIG|KEYEXPIRED|Missing key [0-9A-F]' "$LADDER_TEXT"; then
		finding_set integrity '' '' '' 'signed with a key that this image does not trust'
		return
	fi
	! grep -q -i -E 'sum mismatch|unexpected size|BADSIG|clearsigned' "$LADDER_TEXT" || return 0
	for status in $(apt__statuses); do
		class=$(status_class "$status")
		case $class in http-5xx | rate-limited | timeout) found=$class && break ;; esac
		found=${found:-$class}
	done
	[ -z "$found" ] || finding_set "$found"
	case $found in not-found | http-4xx-other) finding_decide elsewhere ;; esac
}

# apt__statuses: prints the HTTP status of each failed request, except 404 and 410 of a package: there the lists are
# older than the mirror, which the classifier knows.
apt__statuses() {
	sed -n -E -e '/\.deb  4(04|10) /d' \
		-e 's/^(E|W|Error|Warning): Failed to fetch [^ ]+  ([1-5][0-9][0-9]) .*/\2/p' \
		-e '/^Err:.*(Release|Packages|Sources)$/{' -e n -e 's/^ +([1-5][0-9][0-9]) .*/\1/p' -e '}' "$LADDER_TEXT"
}

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
		printf 'response status code: %s\n' "$(apt__statuses | sed 1q)" >>"$LADDER_TEXT"
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
