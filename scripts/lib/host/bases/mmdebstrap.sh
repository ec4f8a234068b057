# Mmdebstrap: the program that makes a root file system from Debian packages: fetched if missing, and run.
# shellcheck shell=sh

# mmdebstrap_find FOLDER: puts mmdebstrap into PATH; unpacks it below FOLDER/tool if the machine lacks it. It is a Perl
# program: if it does not run unpacked (no Perl), it is installed. Exits with 75 if it cannot be had.
mmdebstrap_find() {
	! command -v mmdebstrap >/dev/null 2>&1 || return 0
	[ -x "$1/tool/usr/bin/mmdebstrap" ] || mmdebstrap__unpack "$1"
	PATH=$1/tool/usr/bin:$PATH
	mmdebstrap --version >/dev/null 2>&1 ||
		apt-get -qq install -y --no-install-recommends mmdebstrap debian-archive-keyring >/dev/null ||
		die 75 "wanted to install mmdebstrap, could not: install it by hand"
}

mmdebstrap__unpack() {
	log_info "fetching mmdebstrap from the distribution's packages"
	archive_open "$1/apt" && archive_update && archive_fetch_missing mmdebstrap debian-archive-keyring &&
		archive_unpack "$1/tool" || die 75 "wanted mmdebstrap, could not fetch it: run again later"
	rm -rf "$1/apt"
}

# mmdebstrap_run LAYER EPOCH SUITE "PACKAGE..." [MIRROR]: writes a root file system of SUITE with these packages to the
# tar file LAYER; MIRROR is the archive's URL, mmdebstrap's default if empty. Returns mmdebstrap's status, 124 after
# SEAWALL_ATTEMPT_TIMEOUT (default 600 s). Left out: host name and resolver, which belong to the host; documents and
# translations, which no build needs.
mmdebstrap_run() {
	local layer epoch suite packages
	layer=$1 epoch=$2 suite=$3 packages=$(printf '%s' "$4" | tr ' ' ,)
	set -- ${5:+"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $5 $suite main"}
	MMDEBSTRAP_LIST=${layer%/*}/packages SOURCE_DATE_EPOCH=$epoch \
		attempt_run "${SEAWALL_ATTEMPT_TIMEOUT:-600}" mmdebstrap --variant=minbase --include="$packages" \
		--aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
		--customize-hook='rm -f "$1/etc/hostname" "$1/etc/resolv.conf"' \
		--customize-hook='chroot "$1" dpkg-query -W >"$MMDEBSTRAP_LIST"' \
		"$suite" "$layer" "$@"
}
