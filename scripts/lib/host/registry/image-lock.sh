# Image-lock: SEAWALL_IMAGE_LOCK, a file with the digests that are meant, whoever serves them. It is read once, checked
# line by line and never quoted: a wrong path may name a file with secrets.
# Works in SCRATCH, where `lock` has NAME DIGEST lines, the names in canonical form.
# shellcheck shell=sh

# Bytes of a lock file: some thousand images.
IMAGE_LOCK_MOST=262144

# image_lock_read: 78 for a file that cannot be read or a line that cannot be understood.
image_lock_read() {
	local name digest rest number place
	place=SEAWALL_IMAGE_LOCK number=0
	[ -f "$SEAWALL_IMAGE_LOCK" ] && head -c "$((IMAGE_LOCK_MOST + 1))" "$SEAWALL_IMAGE_LOCK" 2>/dev/null >"$SCRATCH/lock.text" ||
		die 78 "$place: wanted a regular file that can be read: correct the path"
	[ "$(wc -c <"$SCRATCH/lock.text")" -le "$IMAGE_LOCK_MOST" ] || die 78 "$place: wanted at most $IMAGE_LOCK_MOST bytes, saw more: name the file with the digests"
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

# image_lock__take PLACE NAME DIGEST REST: prints NAME in canonical form, DIGEST, and the number of the line.
image_lock__take() {
	case $2 in *@*) die 78 "$1: wanted an image without a digest of its own: write IMAGE, a blank and the digest" ;; esac
	reference_is_valid "$2" || die 78 "$1: wanted IMAGE sha256:..., saw no valid name of an image: correct the line"
	reference_is_digest "$3" || die 78 "$1: wanted sha256: and 64 hexadecimal digits after the image: correct the line"
	case $4 in '' | '#'*) ;; *) die 78 "$1: wanted one image and one digest, saw more words: write one image a line" ;; esac
	printf '%s %s %s\n' "$(image_lock__name "$2")" "$3" "${1##*:}"
}

image_lock__check_conflicts() {
	local lines
	lines=$(LC_ALL=C awk '($1 in digest) && digest[$1] != $2 { print line[$1] " and " $3; exit } { digest[$1] = $2; line[$1] = $3 }' "$1")
	[ -z "$lines" ] || die 78 "$SEAWALL_IMAGE_LOCK:${lines##* }: wanted one digest for an image, saw two in lines $lines: remove one line"
}

# image_lock__name IMAGE: in canonical form; the name of a host has no case.
image_lock__name() {
	local name
	name=$(reference_canonical "$1")
	case ${name%%/*} in *[A-Z]*) name=$(printf '%s\n' "${name%%/*}" | LC_ALL=C tr '[:upper:]' '[:lower:]')/${name#*/} ;; esac
	printf '%s\n' "$name"
}

image_lock_is_set() { [ -n "${SEAWALL_IMAGE_LOCK:-}" ]; }

# image_lock_pinned IMAGE: with the digest that the file gives, where it has none of its own.
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

# image_lock_rules: rules of a source policy, a comma before each, that put the digest in: for a name as BuildKit writes
# it, and for a host in other letters.
image_lock_rules() {
	LC_ALL=C awk '{
		at = index($1, "/"); host = substr($1, 1, at - 1); path = substr($1, at + 1)
		update = "\"updates\":{\"identifier\":\"docker-image://" $1 "@" $2 "\"}}"
		printf ",{\"action\":\"CONVERT\",\"selector\":{\"identifier\":\"docker-image://%s\"},%s", $1, update
		gsub(/[][]/, "~", host); gsub(/[.]/, "[.]", host); gsub(/~/, ".", host); gsub(/[.]/, "[.]", path)
		printf ",{\"action\":\"CONVERT\",\"selector\":{\"identifier\":\"^docker-image://(?i:%s)/%s$\",\"match_type\":\"REGEX\"},%s", host, path, update
	}' "$SCRATCH/lock"
}
