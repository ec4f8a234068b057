# Room bases: How is an emergency base image made and handed over?
# Face: bases_* archive_* layout_*
# Bases: base images made from the distribution's archive when no registry is available, kept as OCI layouts.
# The same package list gives the same digest: times are SOURCE_DATE_EPOCH, layers are not compressed.
# BASES_HOME is their folder.
# shellcheck shell=sh

# 2025-08-09, the release of trixie. https://www.debian.org/releases/trixie/
BASES_EPOCH=1754697600

# bases__prepare: checks that this machine can make bases, and fetches mmdebstrap if it is missing.
bases__prepare() {
	[ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1 ||
		die 71 "wanted root on a Debian-based system to make base images, saw uid $(id -u):" \
			"name another image in SEAWALL_BASE_FALLBACKS"
	state_make "$SEAWALL_STATE" && mkdir -p "$BASES_HOME" || bases__cannot_write
	bases__remove_old
	mmdebstrap_find "$BASES_HOME"
}

bases__cannot_write() { die 73 "wanted to write in $BASES_HOME, could not: make room or set SEAWALL_STATE"; }

# bases__remove_old: keeps the twelve bases used last, and those used within a day: another run may be reading them.
# shellcheck disable=SC2012 # the kit's own names, without special characters
bases__remove_old() {
	(set +f && ls -1dt "$BASES_HOME"/*-????????????/ 2>/dev/null) | tail -n +13 | while IFS= read -r folder; do
		! layout_is_base "${folder%/}" || [ -z "$(find "$folder" -maxdepth 0 -mtime +0)" ] || rm -rf "$folder"
	done
}

# bases_remove_part: removes the half-made base of an interrupted run.
bases_remove_part() {
	[ -z "${BASES_PART:-}" ] || rm -rf "$BASES_PART"
}

# bases_row NAME: sets BASE_SUITE, BASE_PACKAGES and BASE_FROM from bases.tsv. Returns 1 for an unknown base.
bases_row() {
	local name
	while IFS='	' read -r name BASE_SUITE BASE_PACKAGES BASE_FROM; do
		case $name in '#'*) ;; "$1") return 0 ;; esac
	done <"$SEAWALL_LIB/host/bases/bases.tsv"
	return 1
}

# bases_names: prints the names of all bases, one a line.
bases_names() { sed -n 's/^\([a-z][^	]*\)	.*/\1/p' "$SEAWALL_LIB/host/bases/bases.tsv"; }

# bases_make NAME: makes base NAME unless it exists. Sets BASE_LAYOUT to its folder. Exits with 64 for an unknown base,
# 71 without root or apt, 73 without room, 75 if the archive is unavailable.
bases_make() {
	bases__find "$1"
	[ -f "$BASE_LAYOUT/index.json" ] || bases__make_missing "$1"
	# The time of the last use, for bases__remove_old.
	touch "$BASE_LAYOUT"
}

# bases__find NAME: sets the BASE_ variables of the row, BASES_HOME, BASES_MIRROR and BASE_LAYOUT.
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
	lock_take "$BASE_LAYOUT" 900 || die 71 "wanted the lock $BASE_LAYOUT.lock, another process holds it: wait or end it"
	[ -f "$BASE_LAYOUT/index.json" ] || bases__make_new "$1"
	lock_drop
}

# bases__key NAME: prints 12 hexadecimal digits for all inputs of the base: recipe, architecture, archive, epoch, and
# the number of this module's format.
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
	rm -rf "$work" && mkdir -p "$work" || bases__cannot_write
	log_info "making base $1 from the distribution's archive"
	if [ "$BASE_FROM" = - ]; then
		mmdebstrap_run "$work/layer.tar" "$BASES_EPOCH" "$BASE_SUITE" "$BASE_PACKAGES" "$BASES_MIRROR" \
			>"$work/log" 2>&1 ||
			die 75 "wanted base $1 of $BASE_SUITE, mmdebstrap failed: $(grep '^E:' "$work/log" | head -n 1):" \
				'run again later'
	else
		bases__assemble "$work"
	fi
	layout_write "$work" "$BASES_EPOCH"
	rm -rf "$BASE_LAYOUT"
	mv "$work" "$BASE_LAYOUT"
	BASES_PART=
}

# bases__mirror: prints the archive's URL: the user's first mirror, else on Debian the host's archive, else nothing
# (mmdebstrap's default).
bases__mirror() {
	local source
	for source in $SEAWALL_APT_MIRRORS; do
		[ "$source" = default ] || {
			printf '%s\n' "$source"
			return 0
		}
	done
	if grep -q '^ID=debian' /etc/os-release; then
		archive_targets '$(REPO_URI) $(COMPONENT)' 'Created-By: Packages' |
			sed -n 's/ main$//p' | head -n 1
	fi
}

# bases__assemble FOLDER: writes FOLDER/layer.tar with certificates and time zones of the parent base and a user that is
# not root; no shell, nothing else.
bases__assemble() {
	local root
	root=$1/root
	mkdir -p "$root/etc" "$root/tmp" "$root/home/nonroot"
	tar -xf "$(layout_layer "$PARENT_LAYOUT")" -C "$root" ./etc/ssl/certs/ca-certificates.crt ./usr/share/zoneinfo
	printf '%s\n' root:x:0:0:root:/root:/sbin/nologin \
		nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin >"$root/etc/passwd"
	printf 'root:x:0:\nnonroot:x:65532:\n' >"$root/etc/group"
	printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
	chmod 1777 "$root/tmp"
	tar --sort=name --mtime="@$BASES_EPOCH" --clamp-mtime --numeric-owner --owner=0 --group=0 \
		-cf "$1/layer.tar" -C "$root" .
	rm -rf "$root"
}
