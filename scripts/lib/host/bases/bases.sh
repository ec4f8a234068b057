# Room bases: How is an emergency base image made and handed over?
# Face: bases_* archive_* layout_*
# Bases: images made from the distribution's archive when no registry is left, kept as OCI layouts.
# The same recorded package list gives the same digest: times are SOURCE_DATE_EPOCH, layers are not compressed.
# BASES_HOME: their folder.
# shellcheck shell=sh

# 2025-08-09, the day trixie was released.
BASES_EPOCH=1754697600

# What this machine must have; mmdebstrap comes from the distribution where it is not there.
bases__prepare() {
	[ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1 ||
		die 71 "wanted root on a Debian family to make base images, saw uid $(id -u): name another image in SEAWALL_BASE_FALLBACKS"
	state_make "$SEAWALL_STATE" && mkdir -p "$BASES_HOME" || die 73 "wanted to write in $BASES_HOME, could not: make room or set SEAWALL_STATE"
	bases__bound
	command -v mmdebstrap >/dev/null 2>&1 || bases__fetch_tool
}

# At most twelve bases, by last use; none of the last day, which another run may be reading.
# shellcheck disable=SC2012 # names of ours, no odd characters
bases__bound() {
	(set +f && ls -1dt "$BASES_HOME"/*-????????????/ 2>/dev/null) | tail -n +13 | while IFS= read -r folder; do
		! layout_is_base "${folder%/}" || [ -z "$(find "$folder" -maxdepth 0 -mtime +0)" ] || rm -rf "$folder"
	done
}

# mmdebstrap is one program; a machine without the interpreters that it is written in gets it installed with them.
bases__fetch_tool() {
	[ -x "$BASES_HOME/tool/usr/bin/mmdebstrap" ] || {
		log_info "fetching mmdebstrap from the distribution's packages"
		archive_open "$BASES_HOME/apt" && archive_update && archive_fetch_missing mmdebstrap debian-archive-keyring &&
			archive_unpack "$BASES_HOME/tool" || die 75 "wanted mmdebstrap, could not fetch it: run again later"
		rm -rf "$BASES_HOME/apt"
	}
	PATH=$BASES_HOME/tool/usr/bin:$PATH
	mmdebstrap --version >/dev/null 2>&1 || apt-get -qq install -y --no-install-recommends mmdebstrap debian-archive-keyring >/dev/null ||
		die 75 "wanted to install mmdebstrap, could not: install it by hand"
}

# bases_remove_part: removes the base that an interrupted run was making.
bases_remove_part() {
	[ -z "${BASES_PART:-}" ] || rm -rf "$BASES_PART"
}

# bases_row NAME: sets BASE_SUITE, BASE_PACKAGES and BASE_FROM; false where there is no such base.
bases_row() {
	local name
	while IFS='	' read -r name BASE_SUITE BASE_PACKAGES BASE_FROM; do
		case $name in '#'*) ;; "$1") return 0 ;; esac
	done <"$SEAWALL_LIB/host/bases/bases.tsv"
	return 1
}

bases_names() { sed -n 's/^\([a-z][^	]*\)	.*/\1/p' "$SEAWALL_LIB/host/bases/bases.tsv"; }

# bases_make NAME: makes the base where it is not there yet; BASE_LAYOUT is its folder.
bases_make() {
	bases__find "$1"
	[ -f "$BASE_LAYOUT/index.json" ] || bases__make_missing "$1"
	# The newest use, for the bound on the folder.
	touch "$BASE_LAYOUT"
}

bases__find() {
	bases_row "$1" || die 64 "unknown base '$1': wanted one of $(bases_names | paste -s -d ' ' -)"
	BASES_HOME=$SEAWALL_STATE/bases
	[ -n "${BASES_MIRROR+set}" ] || BASES_MIRROR=$(bases__mirror)
	BASE_LAYOUT=$BASES_HOME/$1-$(bases__key "$1")
}

bases__make_missing() {
	bases__prepare
	if [ "$BASE_FROM" != - ]; then
		bases_make "$BASE_FROM"
		PARENT_LAYOUT=$BASE_LAYOUT
		bases__find "$1"
	fi
	lock_take "$BASE_LAYOUT" 900 || die 71 "wanted the lock $BASE_LAYOUT.lock, another process keeps it: wait or end it"
	[ -f "$BASE_LAYOUT/index.json" ] || bases__make_new "$1"
	lock_drop
}

# What the base of the row that was read depends on: recipe, architecture, archive and this module's layout of it.
bases__key() {
	{
		printf '%s\t%s\t%s\t%s\n' "$1" "$BASE_SUITE" "$BASE_PACKAGES" "$BASE_FROM"
		printf '%s %s %s 1\n' "$(dpkg --print-architecture)" "$BASES_MIRROR" "$BASES_EPOCH"
	} | sha256sum | cut -c 1-12
}

bases__make_new() {
	local work
	work=$BASE_LAYOUT.part BASES_PART=$work
	exit_at_end bases_remove_part
	rm -rf "$work" && mkdir -p "$work" || die 73 "wanted to write in $BASES_HOME, could not: make room or set SEAWALL_STATE"
	log_info "making base $1 from the distribution's archive"
	if [ "$BASE_FROM" = - ]; then
		bases__strap "$work/layer.tar" >"$work/log" 2>&1 ||
			die 75 "wanted base $1 of $BASE_SUITE, mmdebstrap says: $(grep '^E:' "$work/log" | head -n 1): run again later"
	else
		bases__assemble "$work"
	fi
	layout_write "$work" "$BASES_EPOCH"
	rm -rf "$BASE_LAYOUT"
	mv "$work" "$BASE_LAYOUT"
	BASES_PART=
}

# The first source: a mirror of the user's, else the host's own archive where it is Debian's, else mmdebstrap's default.
bases__mirror() {
	local source
	for source in $SEAWALL_APT_MIRRORS; do
		[ "$source" = default ] || {
			printf '%s\n' "$source"
			return 0
		}
	done
	if grep -q '^ID=debian' /etc/os-release; then
		apt-get indextargets --format '$(REPO_URI) $(COMPONENT)' 'Created-By: Packages' | sed -n 's/ main$//p' | head -n 1
	fi
}

# Host name and resolver are the host's, not the image's; documents and translations are of no use to a build.
bases__strap() {
	BASES_LIST=${1%/*}/packages SOURCE_DATE_EPOCH=$BASES_EPOCH attempt_run "${SEAWALL_ATTEMPT_TIMEOUT:-600}" mmdebstrap --variant=minbase \
		--include="$(printf '%s' "$BASE_PACKAGES" | tr ' ' ,)" \
		--aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
		--customize-hook='rm -f "$1/etc/hostname" "$1/etc/resolv.conf"' \
		--customize-hook='chroot "$1" dpkg-query -W >"$BASES_LIST"' \
		"$BASE_SUITE" "$1" ${BASES_MIRROR:+"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $BASES_MIRROR $BASE_SUITE main"}
}

# From scratch: certificates, time zones, a user that is not root; no shell, nothing else.
bases__assemble() {
	local root
	root=$1/root
	mkdir -p "$root/etc" "$root/tmp" "$root/home/nonroot"
	tar -xf "$(layout_layer "$PARENT_LAYOUT")" -C "$root" ./etc/ssl/certs/ca-certificates.crt ./usr/share/zoneinfo
	printf 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' >"$root/etc/passwd"
	printf 'root:x:0:\nnonroot:x:65532:\n' >"$root/etc/group"
	printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
	chmod 1777 "$root/tmp"
	tar --sort=name --mtime="@$BASES_EPOCH" --clamp-mtime --numeric-owner --owner=0 --group=0 \
		-cf "$1/layer.tar" -C "$root" .
	rm -rf "$root"
}
