# Contexts: the named contexts of a call (--build-context NAME=VALUE). BuildKit uses one in place of the image or the
# stage of that name; names are compared in their normalised form (distribution/reference). The last one of a name
# counts.
# shellcheck shell=sh

CONTEXTS_NEWLINE='
'
# Not taken from the environment.
CONTEXTS_TABLE=$CONTEXTS_NEWLINE

# contexts_begin: the call has none.
contexts_begin() { CONTEXTS_TABLE=$CONTEXTS_NEWLINE; }

# contexts_add NAME=VALUE: adds a row: the normalised name, the name as it was given, and the image, or - if VALUE is
# none. A name that buildx rejects adds none. The stage of that name is noted for dockerfile.awk.
contexts_add() {
	local name image
	case $1 in *=*) name=${1%%=*} ;; *) return 0 ;; esac
	image=${1#*=}
	case $image in docker-image://*) image=${image#docker-image://} ;; *) image=- ;; esac
	# BuildKit reads this name as no image.
	[ "$image" != scratch ] && reference_read "$image" || image=-
	reference_read "$name" || return 0
	CONTEXTS_TABLE="$CONTEXTS_NEWLINE$REFERENCE_CANONICAL $name $image$CONTEXTS_TABLE"
	name=${REFERENCE_CANONICAL%:latest}
	case $name in
		docker.io/library/*[/:@]*) ;;
		docker.io/library/*) printf 'context:%s=\n' "${name#docker.io/library/}" >>"$ARGUMENTS_LIST" ;;
	esac
}

# contexts_find CANONICAL: sets CONTEXTS_IMAGE to the image that replaces the one of this name (reference_read), - if a
# folder, a repository or a layout does; false if no context has the name.
contexts_find() {
	local row
	case $CONTEXTS_TABLE in
		*"$CONTEXTS_NEWLINE$1 "*) row=${CONTEXTS_TABLE#*"$CONTEXTS_NEWLINE$1 "} ;;
		*) return 1 ;;
	esac
	row=${row%%"$CONTEXTS_NEWLINE"*}
	CONTEXTS_IMAGE=${row#* }
}

# contexts_replace: a filter for the lines of dockerfile_sources: an image that a context replaces becomes the context's
# image, or is left out.
contexts_replace() {
	local how what
	while IFS='	' read -r how what; do
		case $how in
			from | copy | mount)
				if reference_read "$what" && contexts_find "$REFERENCE_CANONICAL"; then
					[ "$CONTEXTS_IMAGE" != - ] || continue
					what=$CONTEXTS_IMAGE
				fi
				;;
		esac
		printf '%s\t%s\n' "$how" "$what"
	done
}

# contexts_redirect LIST IMAGE SOURCE: adds to LIST the words by which the build takes IMAGE from SOURCE: under its own
# name, and under the name of each context that is IMAGE.
contexts_redirect() {
	local rest row
	reference_read "$2" && contexts_find "$REFERENCE_CANONICAL" || list_add "$1" --build-context "$2=$3"
	rest=${CONTEXTS_TABLE#"$CONTEXTS_NEWLINE"}
	while [ -n "$rest" ]; do
		row=${rest%%"$CONTEXTS_NEWLINE"*} rest=${rest#*"$CONTEXTS_NEWLINE"}
		contexts_find "${row%% *}" && [ "$CONTEXTS_IMAGE" = "$2" ] || continue
		row=${row#* }
		list_add "$1" --build-context "${row% *}=$3"
	done
}
