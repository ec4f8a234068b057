# Page: an HTML page in place of a script, an archive or a key: the answer of a login portal, or of a proxy.
# shellcheck shell=sh

# page_is_wrong URL [FILE]: true if something other than a page was certainly wanted: the URL names the file of a
# program or an archive, or, for a download to stdout, a shell or an unpacker reads it. With FILE, it must begin as a
# page does.
page_is_wrong() {
	[ -z "${2:-}" ] || page__is_html "$2" || return 1
	page__is_named "$1" || page_has_reader
}

# page__is_named URL: true if the path ends as the name of a file that is no page.
page__is_named() {
	local path
	path=${1#*://} path=${path%%[?#]*}
	case $path in
		*/*.[Hh][Tt][Mm] | */*.[Hh][Tt][Mm][Ll]) return 1 ;;
		*/*.sh | */*.bash | */*.py | */*.pl | */*.tar | */*.tar.* | */*.t[gbx]z | */*.tzst | */*.zip | */*.gz) ;;
		*/*.xz | */*.bz2 | */*.zst | */*.7z | */*.asc | */*.gpg | */*.pem | */*.crt | */*.sig | */*.deb | */*.rpm) ;;
		*/*.apk | */*.jar | */*.whl | */*.exe | */*.AppImage | */*.bin | */*.json | */*.sha256 | */*.sha512) ;;
		*) return 1 ;;
	esac
}

# page__is_html FILE: reads the first bytes.
page__is_html() {
	case $(head -c 256 "$1" 2>/dev/null | LC_ALL=C tr '\000\n\t' '   ' | LC_ALL=C tr '[:upper:]' '[:lower:]') in
		'<!doctype html'* | '<html'* | ' '*'<!doctype html'* | ' '*'<html'*) ;;
		*) return 1 ;;
	esac
}

# page_has_reader: true if stdout is a pipe whose reader runs or unpacks what it reads. Finds it in /proc.
page_has_reader() {
	local process
	[ -p /dev/fd/1 ] || return 1
	set +f
	for process in /proc/[0-9]*; do
		set -f
		[ "$process/fd/0" -ef /dev/fd/1 ] || continue
		# shellcheck disable=SC2046 # words
		! page__runs_stdin $(LC_ALL=C tr '\000' ' ' <"$process/cmdline" 2>/dev/null) || return 0
	done
	set -f
	return 1
}

# page__runs_stdin COMMAND WORD...: false for a shell or an interpreter that has a program of its own (-c, a file), such
# as the rest of a script that reads a page in a loop.
page__runs_stdin() {
	local name word own
	[ $# -gt 0 ] || return 1
	name=${1##*/} own=c
	shift
	case $name in
		tar | bsdtar | cpio | gzip | gunzip | zcat | bzip2 | bunzip2 | xz | unxz | zstd | unzip | gpg*) return 0 ;;
		sudo | doas | env | nice | nohup | busybox)
			while case ${1-} in -* | *=*) ;; *) false ;; esac do shift; done
			page__runs_stdin "$@"
			return
			;;
		sh | ash | dash | bash | zsh | ksh | mksh | yash | python*) ;;
		perl | ruby | node | php*) own=cenpr ;;
		*) return 1 ;;
	esac
	for word in "$@"; do
		case $word in
			- | -s*) return 0 ;;
			--* | pipefail) ;;
			-*["$own"]*) return 1 ;;
			-*) ;;
			*) return 1 ;;
		esac
	done
}
