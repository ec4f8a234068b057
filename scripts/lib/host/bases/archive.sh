# Archive: fetches packages of the distribution with apt's signature checks and unpacks them into a folder without
# installing them. ARCHIVE_APT is the folder of the separate apt configuration.
# shellcheck shell=sh

# archive_open FOLDER SUITE...: sets up a separate apt in FOLDER with the host's archive and keys, for the host's
# release and each SUITE. Sets ARCHIVE_APT. Exits with 71 without a known archive, with 78 for a path that apt cannot
# read.
archive_open() {
	local suite
	# apt's configuration has no escape for these characters.
	case $1 in
		*[\"\\\;{}]*)
			die 78 "wanted a state folder whose path apt can read, saw '$1':" \
				"set SEAWALL_STATE to one without quotes, braces or semicolons"
			;;
	esac
	ARCHIVE_APT=$1
	shift
	archive__read_host
	mkdir -p "$ARCHIVE_APT/lists/partial" "$ARCHIVE_APT/cache/archives/partial" "$ARCHIVE_APT/none"
	for suite in "$ARCHIVE_CODENAME" "$@"; do
		printf 'deb [signed-by=%s] %s %s main%s\n' "$ARCHIVE_KEYRING" "$ARCHIVE_URI" "$suite" "$ARCHIVE_COMPONENTS"
	done >"$ARCHIVE_APT/sources.list"
	archive__write_configuration
}

# archive__read_host: sets ARCHIVE_CODENAME, ARCHIVE_URI, ARCHIVE_KEYRING and ARCHIVE_COMPONENTS: the host's release,
# the base URL of its archive in apt's configuration, the file with its keys, and components beside main.
archive__read_host() {
	local id release component uri
	id=$(sed -n 's/^ID=//p' /etc/os-release | tr -d '"')
	ARCHIVE_CODENAME=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release | tr -d '"')
	ARCHIVE_KEYRING=/usr/share/keyrings/$id-archive-keyring.gpg
	ARCHIVE_COMPONENTS=
	[ "$id" != ubuntu ] || ARCHIVE_COMPONENTS=' universe'
	[ -n "$ARCHIVE_CODENAME" ] || ARCHIVE_CODENAME=testing
	ARCHIVE_URI=$(archive_targets '$(RELEASE) $(COMPONENT) $(REPO_URI)' |
		while read -r release component uri; do
			[ "$release $component" != "$ARCHIVE_CODENAME main" ] || printf '%s\n' "$uri"
		done | head -n 1)
	[ -n "$ARCHIVE_URI" ] && [ -r "$ARCHIVE_KEYRING" ] ||
		die 71 "wanted apt's sources for $ARCHIVE_CODENAME and $ARCHIVE_KEYRING, found none:" \
			"install Docker with buildx by hand"
}

# archive_targets FORMAT FILTER...: prints the index files that apt's sources name in FORMAT of apt-get indextargets,
# also on a machine without downloaded package lists.
archive_targets() { apt-get -o APT::Get::IndexTargets::ReleaseInfo=false indextargets --format "$@"; }

archive__write_configuration() {
	cat >"$ARCHIVE_APT/apt.conf" <<-CONF
		Dir::Etc::sourcelist "$ARCHIVE_APT/sources.list";
		Dir::Etc::sourceparts "$ARCHIVE_APT/none";
		Dir::State::lists "$ARCHIVE_APT/lists";
		Dir::Cache "$ARCHIVE_APT/cache";
		APT::Default-Release "$ARCHIVE_CODENAME";
		APT::Install-Recommends "false";
		APT::Sandbox::User "root";
		APT::Update::Error-Mode "any";
		Acquire::Languages "none";
		Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
		Acquire::IndexTargets::deb::DEP-11-icons-small::DefaultEnabled "false";
		Acquire::IndexTargets::deb::DEP-11-icons::DefaultEnabled "false";
		Acquire::IndexTargets::deb::CNF::DefaultEnabled "false";
		Debug::NoLocking "true";
	CONF
}

# archive_apt ARGUMENT...: runs apt-get with the separate configuration, within SEAWALL_ATTEMPT_TIMEOUT (default 600 s).
archive_apt() {
	attempt_run "${SEAWALL_ATTEMPT_TIMEOUT:-600}" env -C "$ARCHIVE_APT/cache/archives" \
		APT_CONFIG="$ARCHIVE_APT/apt.conf" DEBIAN_FRONTEND=noninteractive apt-get -qq "$@"
}

archive_update() { archive_apt update; }

# archive_candidate NAME: prints the version of package NAME in the host's release; nothing if it has none.
archive_candidate() {
	APT_CONFIG=$ARCHIVE_APT/apt.conf apt-cache policy "$1" | sed -n 's/^ *Candidate: //p'
}

# archive_fetch_missing NAME...: downloads packages of the host's release and those of their dependencies that the host
# lacks.
archive_fetch_missing() { archive_apt --download-only --reinstall install "$@"; }

# archive_fetch NAME[/SUITE]...: downloads these packages without dependencies.
archive_fetch() { archive_apt download "$@"; }

# archive_unpack TREE: unpacks all downloaded packages into TREE. Returns dpkg's status for the first that fails.
archive_unpack() {
	local tree package
	tree=$1
	mkdir -p "$tree"
	set +f
	set -- "$ARCHIVE_APT"/cache/archives/*.deb
	set -f
	for package in "$@"; do
		dpkg -x "$package" "$tree" || return
	done
}
