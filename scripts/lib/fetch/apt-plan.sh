# Apt plan: where the sources of an image are read from if a mirror serves the archive. Each row of STEP_FOLDER/plan is
# URI, SUITE, NEW URI, with tabs; `-` for a source that is left out. All functions use STEP_FOLDER.
# shellcheck shell=sh

APT_PLAN_HELPER=/usr/lib/apt/apt-helper

# apt_plan_mirror MIRROR: plans the archive at MIRROR. Its main suite is there; the other suites, such as security
# updates, are looked for at MIRROR and beside it (/debian-security beside /debian). A suite that the mirror does not
# have is read from the host that the image names, or left out if that one is unavailable, too. Sets APT_PLAN_LEFT_OUT
# to the suites that are left out.
apt_plan_mirror() {
	local mirror what uri suite address forms form
	mirror=${1%/} APT_PLAN_LEFT_OUT=''
	: >"$STEP_FOLDER/plan"
	: >"$STEP_FOLDER/forms"
	while IFS=$APT_SOURCES_TAB read -r what uri suite address; do
		forms=$(apt_plan__forms "${APT_SOURCES_ANCHOR% *}" "$address" "$mirror")
		if [ "$what" = anchor ]; then
			apt_plan__add "$uri" "$suite" "$mirror/"
		elif [ -x "$APT_PLAN_HELPER" ]; then
			for form in $forms; do printf '%s\t%s\t%s\n' "$uri" "$suite" "$form"; done >>"$STEP_FOLDER/forms"
		elif [ "$forms" = "$mirror/" ]; then
			apt_plan__add "$uri" "$suite" "$mirror/"
		fi
	done <"$STEP_FOLDER/archive"
	[ ! -s "$STEP_FOLDER/forms" ] || apt_plan__find
}

# apt_plan_copies TREE: plans every http and https source at a folder in TREE that apt_lists_name names; a suite without
# lists there is left out.
apt_plan_copies() {
	local entry uri suite rest place
	: >"$STEP_FOLDER/plan"
	while IFS=$APT_SOURCES_TAB read -r entry uri suite rest; do
		case $uri in http:* | https:*) ;; *) continue ;; esac
		place=$1/$(apt_lists_name "$uri" | tr % +)
		[ -d "$place/dists/$suite" ] && place=copy:$place/ || place=-
		apt_plan__add "$uri" "$suite" "$place"
	done <"$STEP_FOLDER/sources"
}

# apt_plan__forms ANCHOR URI MIRROR: prints the URLs at which MIRROR may serve what the image reads from URI, if it
# serves what the image reads from ANCHOR: the same folder for the same last part of the path, else one beside it first.
apt_plan__forms() {
	local main last beside
	main=${1%/} main=${main##*/} last=${2#*://} last=${last%/} beside=$3
	case $last in
		*/*) last=${last##*/} ;;
		# A host without a path, as some of security updates.
		*) last=$main-${last%%[.:]*} ;;
	esac
	case ${3#*://} in */*) beside=${3%/*} ;; esac
	[ "$last" = "$main" ] || printf '%s/%s/ ' "$beside" "$last"
	case $beside:$last in
		"$3":*) ;;
		*:"$main"-*) [ "$3" = "$beside/$main" ] || printf '%s/ ' "$3${last#"$main"}" ;;
	esac
	printf '%s/\n' "$3"
}

# apt_plan__find: plans each suite of STEP_FOLDER/forms at the first URL that serves it.
apt_plan__find() {
	local uri suite form
	apt_plan__serve "$STEP_FOLDER/forms"
	while IFS=$APT_SOURCES_TAB read -r uri suite form; do
		apt_plan__has "$uri" "$suite" || printf '%s\t%s\t%s\n' "$uri" "$suite" "$uri"
	done <"$STEP_FOLDER/forms" | sort -u >"$STEP_FOLDER/own"
	[ -s "$STEP_FOLDER/own" ] || return 0
	apt_plan__serve "$STEP_FOLDER/own"
	while IFS=$APT_SOURCES_TAB read -r uri suite form; do
		! apt_plan__has "$uri" "$suite" || continue
		apt_plan__add "$uri" "$suite" - && APT_PLAN_LEFT_OUT="$APT_PLAN_LEFT_OUT $suite"
	done <"$STEP_FOLDER/own"
}

# apt_plan__serve FILE: requests the InRelease file of each row URI, SUITE, URL of FILE, and plans the suites that came.
apt_plan__serve() {
	local rows uri suite form number
	rows=$1 number=0
	mkdir -p "$STEP_FOLDER/release"
	set -- "$APT_PLAN_HELPER" -o Acquire::Retries=0 download-file
	while IFS=$APT_SOURCES_TAB read -r uri suite form; do
		number=$((number + 1))
		set -- "$@" "${form}dists/$suite/InRelease" "$STEP_FOLDER/release/$number"
	done <"$rows"
	# A suite that is missing is expected.
	step_ask "$@" || :
	number=0
	while IFS=$APT_SOURCES_TAB read -r uri suite form; do
		number=$((number + 1))
		grep -q -e '^-----BEGIN PGP' "$STEP_FOLDER/release/$number" 2>/dev/null || continue
		apt_plan__has "$uri" "$suite" || apt_plan__add "$uri" "$suite" "$form"
	done <"$rows"
	rm -rf "${STEP_FOLDER:?}/release"
}

apt_plan__add() { printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$STEP_FOLDER/plan"; }

apt_plan__has() { grep -q -F -e "$1$APT_SOURCES_TAB$2$APT_SOURCES_TAB" "$STEP_FOLDER/plan"; }
