# Image-lock: SEAWALL_IMAGE_LOCK, a file with the digests that images must have. It is read once and checked by line;
# messages never quote it, because a wrong path may name a file with secrets.
# Works in SCRATCH, where `lock` has lines NAME DIGEST, the names in canonical form.
# shellcheck shell=sh

# Enough for some thousand images.
IMAGE_LOCK_MAX_BYTES=262144

# image_lock_read: 78 for an unreadable file or an invalid line.
image_lock_read() {
	local name digest rest number place
	place=SEAWALL_IMAGE_LOCK number=0
	[ -f "$SEAWALL_IMAGE_LOCK" ] &&
		head -c "$((IMAGE_LOCK_MAX_BYTES + 1))" "$SEAWALL_IMAGE_LOCK" 2>/dev/null >"$SCRATCH/lock.text" ||
		die 78 "$place: wanted a regular file that can be read: correct the path"
	[ "$(wc -c <"$SCRATCH/lock.text")" -le "$IMAGE_LOCK_MAX_BYTES" ] ||
		die 78 "$place: wanted at most $IMAGE_LOCK_MAX_BYTES bytes, saw more: name the file with the digests"
	tr -d '\000\015' <"$SCRATCH/lock.text" >"$SCRATCH/lock.lines"
	: >"$SCRATCH/lock.new"
	while read -r name digest rest || [ -n "$name" ]; do
		number=$((number + 1)) place=$SEAWALL_IMAGE_LOCK:$number
		case $name in '' | '#'*) continue ;; esac
		image_lock__take "$place" "$name" "$digest" "$rest" >>"$SCRATCH/lock.new" || exit
	done <"$SCRATCH/lock.lines"
	image_lock__check_conflicts "$SCRATCH/lock.new"
	mv "$SCRATCH/lock.new" "$SCRATCH/lock"
}

# image_lock__take PLACE NAME DIGEST REST: prints NAME in canonical form, DIGEST, and the line number.
image_lock__take() {
	case $2 in
		*@*) die 78 "$1: wanted an image without a digest of its own: write IMAGE, a blank and the digest" ;;
	esac
	reference_is_valid "$2" || die 78 "$1: wanted IMAGE sha256:..., saw no valid name of an image: correct the line"
	reference_is_digest "$3" || die 78 "$1: wanted sha256: and 64 hexadecimal digits after the image: correct the line"
	case $4 in
		'' | '#'*) ;;
		*) die 78 "$1: wanted one image and one digest, saw more words: write one image a line" ;;
	esac
	printf '%s %s %s\n' "$(image_lock__name "$2")" "$3" "${1##*:}"
}

image_lock__check_conflicts() {
	local lines
	lines=$(LC_ALL=C awk '
		($1 in digest) && digest[$1] != $2 { print line[$1] " and " $3; exit }
		{ digest[$1] = $2; line[$1] = $3 }
	' "$1")
	[ -z "$lines" ] || die 78 "$SEAWALL_IMAGE_LOCK:${lines##* }: wanted one digest for an image," \
		"saw two in lines $lines: remove one line"
}

# image_lock__name IMAGE: prints it in canonical form, the host in lower case.
image_lock__name() {
	local name host
	name=$(reference_canonical "$1")
	host=${name%%/*}
	case $host in *[A-Z]*) host=$(printf '%s\n' "$host" | LC_ALL=C tr '[:upper:]' '[:lower:]') ;; esac
	printf '%s/%s\n' "$host" "${name#*/}"
}

image_lock_is_set() { [ -n "${SEAWALL_IMAGE_LOCK:-}" ]; }

# image_lock_pinned IMAGE: prints it with the digest of the lock file, unless it has a digest of its own.
image_lock_pinned() {
	local name wanted digest rest
	case $1 in *@*) ! : ;; *) image_lock_is_set ;; esac || { printf '%s\n' "$1" && return 0; }
	[ -f "$SCRATCH/lock" ] || image_lock_read || return
	wanted=$(image_lock__name "$1")
	while read -r name digest rest; do
		[ "$name" != "$wanted" ] || { printf '%s@%s\n' "$1" "$digest" && return 0; }
	done <"$SCRATCH/lock"
	printf '%s\n' "$1"
}

# image_lock_rules: prints rules of a source policy, a comma before each, that add the digest: for the name as BuildKit
# writes it, and for its host in another case.
image_lock_rules() {
	LC_ALL=C awk '{
		at = index($1, "/"); host = substr($1, 1, at - 1); path = substr($1, at + 1)
		update = "\"updates\":{\"identifier\":\"docker-image://" $1 "@" $2 "\"}}"
		rule = ",{\"action\":\"CONVERT\",\"selector\":{\"identifier\":\""
		printf "%sdocker-image://%s\"},%s", rule, $1, update
		gsub(/[][]/, "~", host); gsub(/[.]/, "[.]", host); gsub(/~/, ".", host); gsub(/[.]/, "[.]", path)
		printf "%s^docker-image://(?i:%s)/%s$\",\"match_type\":\"REGEX\"},%s", rule, host, path, update
	}' "$SCRATCH/lock"
}
