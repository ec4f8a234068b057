# Apt sources: finds the archive of the distribution among the sources of an image and points it at a mirror. apt lists
# the sources (apt-get indextargets), and reads the changed ones again before they are used. The keys of the image stay
# in force. All functions use STEP_FOLDER.
# shellcheck shell=sh

APT_SOURCES_TAB=$(printf '\t')
APT_SOURCES_SYSTEM=/etc/os-release

# apt_sources_read: writes the sources of the image to STEP_FOLDER/sources, and the archive of the distribution to
# STEP_FOLDER/archive (see apt-sources.awk). Sets APT_SOURCES_ANCHOR to the URL and the suite of its main source, with a
# blank between; empty if no source is known to be the archive. Sets APT_SOURCES_RELEASE to the URL of an InRelease file
# of the image, that of the archive if it is known; empty if no source has an http or https URL.
apt_sources_read() {
	local what uri suite rest address
	APT_SOURCES_ANCHOR='' APT_SOURCES_RELEASE=''
	# apt reports an error of the sources when it is run.
	apt_sources__ask >"$STEP_FOLDER/sources" || :
	apt_sources__run archive table=sources "$STEP_FOLDER/sources" >"$STEP_FOLDER/archive"
	if IFS=$APT_SOURCES_TAB read -r what uri suite address <"$STEP_FOLDER/archive"; then
		APT_SOURCES_ANCHOR="$address $suite"
		# apt itself fails over between the mirrors of a list.
		[ "$uri" != "$address" ] || APT_SOURCES_RELEASE=${uri}dists/$suite/InRelease
		return 0
	fi
	# shellcheck disable=SC2034 # columns that are not used
	while IFS=$APT_SOURCES_TAB read -r what uri suite rest; do
		case $uri:$suite in
			http*:*/) APT_SOURCES_RELEASE=$uri${suite%/}/InRelease ;;
			http*) APT_SOURCES_RELEASE=${uri}dists/$suite/InRelease ;;
			*) continue ;;
		esac
		return 0
	done <"$STEP_FOLDER/sources"
}

# apt_sources__ask [OPTION...]: prints the sources that apt reads, in their order. Without release information
# and lists it needs 10 ms.
apt_sources__ask() {
	local t
	t=$APT_SOURCES_TAB
	apt-get -o APT::Get::IndexTargets::ReleaseInfo=false -o Dir::State::lists="$STEP_FOLDER/none" "$@" indextargets \
		--format "\$(SOURCESENTRY)$t\$(REPO_URI)$t\$(RELEASE)$t\$(COMPONENT)$t\$(TARGET_OF)" 2>/dev/null
}

# apt_sources__run WORK ARGUMENT...: runs apt-sources.awk with these arguments and the files of sources.
apt_sources__run() {
	local work row file files
	work=$1 files=' '
	shift
	[ ! -r "$APT_SOURCES_SYSTEM" ] || set -- "$@" table=system "$APT_SOURCES_SYSTEM"
	set -- "$@" table=file
	while IFS=$APT_SOURCES_TAB read -r row file; do
		file=${row%:*}
		[ -r "$file" ] || continue
		case $files in *" $file "*) continue ;; esac
		files="$files$file " && set -- "$@" "$file"
	done <"$STEP_FOLDER/sources"
	LC_ALL=C awk -f "$SEAWALL_LIB/fetch/apt-sources.awk" work="$work" "$@" </dev/null
}

# apt_sources_usable "MIRROR...": prints the mirrors; only `default` if no source of the image can be replaced.
apt_sources_usable() {
	if [ "$1" = default ] || [ -n "$APT_SOURCES_ANCHOR" ]; then
		printf '%s\n' "$1"
	else
		log_warn "wanted the archive of the distribution among the apt sources of this image (its keyring, its host," \
			"a URL that ends in /debian or /ubuntu, or suites of this release), saw none:" \
			"SEAWALL_APT_MIRRORS is not used"
		printf 'default\n'
	fi
}

# apt_sources_release_file MIRROR: prints the URL of the InRelease file of the archive at MIRROR, or in the image for
# `default`; nothing if the image has none.
apt_sources_release_file() {
	if [ "$1" = default ] || [ -z "$APT_SOURCES_ANCHOR" ]; then
		printf '%s\n' "$APT_SOURCES_RELEASE"
	else
		printf '%s/dists/%s/InRelease\n' "${1%/}" "${APT_SOURCES_ANCHOR##* }"
	fi
}

# apt_sources_write TYPES: writes the sources of the image to STEP_FOLDER/etc as STEP_FOLDER/plan says. TYPES: `deb`
# leaves source code out. False, with a warning, if apt does not read them as planned.
apt_sources_write() {
	local folder types file wanted seen
	folder=$STEP_FOLDER/etc types=types=$1
	rm -rf "${STEP_FOLDER:?}/etc"
	mkdir -p "$folder/sources.list.d"
	while IFS= read -r file; do
		LC_ALL=C awk -f "$SEAWALL_LIB/fetch/apt-sources.awk" work=write "$types" table=sources "$STEP_FOLDER/sources" \
			table=plan "$STEP_FOLDER/plan" table=file "$file" >"$STEP_FOLDER/file" || return
		case $file in
			*.d/* | *.sources) cat "$STEP_FOLDER/file" >"$folder/sources.list.d/${file##*/}" ;;
			*) cat "$STEP_FOLDER/file" >"$folder/sources.list" ;;
		esac
	done <<-FILES
		$(cut -f 1 "$STEP_FOLDER/sources" | sed 's/:[0-9]*$//' | sort -u)
	FILES
	wanted=$(apt_sources__run expect "$types" table=plan "$STEP_FOLDER/plan" table=sources "$STEP_FOLDER/sources" |
		sort -u)
	seen=$(apt_sources__ask -o Dir::Etc::sourcelist="$folder/sources.list" \
		-o Dir::Etc::sourceparts="$folder/sources.list.d" | cut -f 2- | sort -u)
	[ "$wanted" != "$seen" ] || return 0
	log_warn "wanted to point the apt sources of this image at a mirror, but apt reads the changed sources in another" \
		"way: the sources of the image are used"
	return 1
}
