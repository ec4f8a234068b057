# Archive: packages of the distribution, fetched through apt's own signature checks and unpacked into a folder
# of ours rather than installed.
# The folder of our apt: ARCHIVE_APT.
# shellcheck shell=sh

# archive_open FOLDER SUITE...: an apt of our own beside the host's: same archive, same keys, more suites.
archive_open() {
	local suite
	# apt's configuration knows no escape of these.
	case $1 in *[\"\\\;{}]*) die 78 "wanted a state folder whose name apt can read, saw '$1': set SEAWALL_STATE to one without quotes" ;; esac
	ARCHIVE_APT=$1
	shift
	archive__read_host
	mkdir -p "$ARCHIVE_APT/lists/partial" "$ARCHIVE_APT/cache/archives/partial" "$ARCHIVE_APT/none"
	for suite in "$ARCHIVE_CODENAME" "$@"; do
		printf 'deb [signed-by=%s] %s %s main%s\n' "$ARCHIVE_KEYRING" "$ARCHIVE_URI" "$suite" "$ARCHIVE_MORE"
	done >"$ARCHIVE_APT/sources.list"
	archive__write_configuration
}

# Sets ARCHIVE_CODENAME, ARCHIVE_URI and ARCHIVE_KEYRING: the host's release, the base URL of its archive as apt
# has it, and the keys it trusts.
archive__read_host() {
	local id release component uri
	id=$(sed -n 's/^ID=//p' /etc/os-release | tr -d '"')
	ARCHIVE_CODENAME=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release | tr -d '"')
	ARCHIVE_KEYRING=/usr/share/keyrings/$id-archive-keyring.gpg
	ARCHIVE_MORE=
	[ "$id" != ubuntu ] || ARCHIVE_MORE=' universe'
	[ -n "$ARCHIVE_CODENAME" ] || ARCHIVE_CODENAME=testing
	ARCHIVE_URI=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' |
		while read -r release component uri; do
			[ "$release $component" != "$ARCHIVE_CODENAME main" ] || printf '%s\n' "$uri"
		done | head -n 1)
	[ -n "$ARCHIVE_URI" ] && [ -r "$ARCHIVE_KEYRING" ] ||
		die 71 "wanted apt's sources for $ARCHIVE_CODENAME and $ARCHIVE_KEYRING, found none: install an engine by hand, see the README"
}

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

archive_apt() {
	attempt_run "${SEAWALL_ATTEMPT_TIMEOUT:-600}" env -C "$ARCHIVE_APT/cache/archives" \
		APT_CONFIG="$ARCHIVE_APT/apt.conf" DEBIAN_FRONTEND=noninteractive apt-get -qq "$@"
}

archive_update() {
	archive_apt update
}

# archive_candidate NAME: the version that the host's own release has, empty when none.
archive_candidate() {
	APT_CONFIG=$ARCHIVE_APT/apt.conf apt-cache policy "$1" | sed -n 's/^ *Candidate: //p'
}

# archive_fetch_missing NAME...: packages of the host's release, with what they need and the host does not have.
archive_fetch_missing() {
	archive_apt --download-only --reinstall install "$@"
}

# archive_fetch NAME/SUITE...: these packages alone.
archive_fetch() {
	archive_apt download "$@"
}

# archive_unpack TREE: everything that was fetched, into TREE.
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
