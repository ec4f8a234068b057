# Targets: runs a function for each target of a bake as if the target were the only build: with a record ARGUMENTS_...
# of its own, made from the words of `docker buildx build` that stand for the target, and with a SCRATCH folder of its
# own, SCRATCH/bake/N. The rooms call and images work on these. Each target is a subshell: nothing else is left of it.
# shellcheck shell=sh

# Not taken from the environment. The record of the target that a function works on: its name, its Dockerfile if that is
# a file of this machine, whether that is inline, whether the target reads another one, local paths that it reads (a
# list), and what is odd about it.
TARGETS_NAME='' TARGETS_DOCKERFILE='' TARGETS_INLINE=no TARGETS_PATHS='' TARGETS_ODD='' TARGETS_ASKS=''
TARGETS_LINKED=no

# targets_each FUNCTION ARGUMENT...: calls FUNCTION ARGUMENT... for each target, one after the other. Returns the first
# status that is not 0.
targets_each() {
	local number
	number=0
	while [ "$number" -lt "$DEFINITION_COUNT" ]; do
		number=$((number + 1))
		(targets__enter "$number" && "$@") || return
	done
}

# targets__enter NUMBER
targets__enter() {
	TARGETS_PARENT=$SCRATCH SCRATCH=$SCRATCH/bake/$1
	mkdir -p "$SCRATCH"
	# A bake does not read it.
	unset DOCKER_DEFAULT_PLATFORM
	flags_use build
	targets__read_words "$SCRATCH.words"
	targets__add_place
	eval "arguments_read $TARGETS_WORDS"
	if [ "$TARGETS_INLINE" = yes ]; then
		TARGETS_DOCKERFILE=$SCRATCH/Dockerfile
	else
		TARGETS_DOCKERFILE=$(arguments_find_dockerfile)
	fi
}

# targets__read_words FILE: sets TARGETS_WORDS, and the fields that no flag stands for.
targets__read_words() {
	local flag value
	TARGETS_WORDS='' TARGETS_CONTEXT=. TARGETS_FILE=Dockerfile TARGETS_INLINE=no TARGETS_PATHS='' TARGETS_ODD=''
	TARGETS_ASKS='' TARGETS_LINKED=no
	while IFS='	' read -r flag value; do
		case $value in *\\*) value=$(printf '%b.' "$value") && value=${value%.} ;; esac
		case $flag in
			name) TARGETS_NAME=$value ;;
			context) TARGETS_CONTEXT=$value ;;
			--file) TARGETS_FILE=$value ;;
			inline) TARGETS_INLINE=yes && targets__keep_inline "$value" ;;
			odd) TARGETS_ODD=yes ;;
			asks) TARGETS_ASKS=yes ;;
			*) list_add TARGETS_WORDS "$flag" "$value" ;;
		esac
		case $flag:$value in --build-context:*=target:*) TARGETS_LINKED=yes ;; esac
		targets__note_path "$flag" "$value"
	done <"$1"
}

# targets__keep_inline TEXT: written once: its time says that it did not change.
targets__keep_inline() { [ -f "$SCRATCH/Dockerfile" ] || printf '%s' "$1" >"$SCRATCH/Dockerfile"; }

# targets__note_path FLAG VALUE: notes the local path that VALUE names.
targets__note_path() {
	local path
	path=''
	case $1 in
		context | dockerfile) path=$2 ;;
		--build-context) path=${2#*=} ;;
		--secret) path=$(cache_spec_field "$2" src) ;;
		--cache-*) if csv_has "$2" type=local; then path=$(cache_spec_field "$2" src dest); fi ;;
		--output) path=$(cache_spec_field "$2" dest) ;;
	esac
	path=${path#cwd://}
	! targets__is_remote "$path" || path=''
	case $path in '' | target:* | docker-image:* | oci-layout:*) ;; *) list_add TARGETS_PATHS "$path" ;; esac
}

# targets__add_place: adds the words for Dockerfile and context, as buildx finds them: the Dockerfile is below the
# context, unless its path is absolute.
targets__add_place() {
	local context file
	context=${TARGETS_CONTEXT#cwd://}
	case $TARGETS_FILE in
		/*) file=$TARGETS_FILE ;;
		cwd://*) file=$PWD/${TARGETS_FILE#cwd://} ;;
		*) file=$context/$TARGETS_FILE ;;
	esac
	targets__note_path dockerfile "$file"
	[ "$TARGETS_FILE" = Dockerfile ] || list_add TARGETS_WORDS --file "$file"
	list_add TARGETS_WORDS -- "$context"
}

targets__is_remote() { case $1 in *://* | git@* | github.com/*) ;; *) return 1 ;; esac }

# targets_are_whole: whether every attempt can read all files of the target.
targets_are_whole() {
	local path
	eval "set -- $TARGETS_PATHS"
	for path in "$@"; do [ ! -p "$path" ] || return; done
}

# targets_are_allowed: whether the call allows the target to read all its files (bake_call_allows).
targets_are_allowed() {
	local path
	eval "set -- $TARGETS_PATHS"
	for path in "$@"; do bake_call_allows "$path" || return; done
}

# targets_use_images: sets IMAGES_WORDS to the words for the images of the target, by the plan of all targets.
targets_use_images() {
	LC_ALL=C awk -F '\t' '
		FILENAME == ARGV[1] {
			if ($1 == "syntax") needs["frontend\t" $2]
			else if ($1 ~ /^(from|copy|mount|sbom)$/) needs["base\t" $2]
			next
		}
		($1 "\t" $2) in needs
	' "$SCRATCH/sources" "$TARGETS_PARENT/image-plan.tsv" >"$SCRATCH/image-plan.tsv"
	inputs_use_plan "$TARGETS_DOCKERFILE"
}
