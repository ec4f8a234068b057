# Buildx: what the arguments of `docker buildx build` say of the build; none is taken away.
# Needs log.sh, exit.sh, build-arguments.sh and cache-spec.sh.
# shellcheck shell=sh

# Flags whose value is the next word (buildx 0.29); a flag that is not known here is taken for one without.
BUILDX_VALUED=' --add-host --allow --annotation --attest --build-arg --build-context --builder --cache-from --cache-to --call
 --cgroup-parent --file -f --iidfile --label --metadata-file --network --no-cache-filter --output -o --platform --progress
 --provenance --sbom --secret --shm-size --ssh --tag -t --target --ulimit --memory -m --memory-swap --cpu-shares -c
 --cpu-period --cpu-quota --cpuset-cpus --cpuset-mems --isolation --security-opt --policy '

# buildx_read ARGUMENT...: sets BUILDX_FILE, BUILDX_TARGET, BUILDX_CONTEXT (the last one that is no flag), BUILDX_PROGRESS,
# BUILDX_PLATFORMS (a list), BUILDX_GIVEN (the names of the contexts that are given, a list), BUILDX_QUIET, BUILDX_METADATA
# (a file), BUILDX_NAMED (the builder), BUILDX_SBOM (whether one is wanted), BUILDX_LABELLED (whether the caller says that it
# is degraded), BUILDX_PUSHES, BUILDX_TAGS (a list, names of outputs too), BUILDX_WRITES (files that the build writes, each a
# line), BUILDX_CACHES (lines `from SPEC` and `to SPEC`), and writes the build arguments to the file BUILDX_ARGUMENTS.
buildx_read() {
	local word before
	BUILDX_FILE='' BUILDX_TARGET='' BUILDX_CONTEXT='' BUILDX_PROGRESS='' BUILDX_PLATFORMS='' BUILDX_GIVEN=' ' BUILDX_QUIET=no
	BUILDX_PUSHES=no BUILDX_TAGS='' BUILDX_METADATA='' BUILDX_NAMED='' BUILDX_SBOM=no BUILDX_LABELLED=no BUILDX_WRITES='' BUILDX_CACHES=''
	: >"$BUILDX_ARGUMENTS"
	before=''
	for word in "$@"; do
		if [ -n "$before" ]; then
			buildx__take "$before" "$word"
			before=''
			continue
		fi
		case $word in
			--*=*) buildx__take "${word%%=*}" "${word#*=}" ;;
			-q | --quiet) BUILDX_QUIET=yes ;;
			--push) BUILDX_PUSHES=yes ;;
			-[fto]=*) buildx__take "${word%%=*}" "${word#*=}" ;;
			-[fto]?*) buildx__take "${word%"${word#??}"}" "${word#??}" ;;
			- | [!-]* | '') BUILDX_CONTEXT=$word ;;
		esac
		! buildx__takes_next "$word" || before=$word
	done
}

# The list is wrapped, so a blank or a line's end follows.
buildx__takes_next() { case $BUILDX_VALUED in *" $1 "* | *" $1
"*) ;; *) return 1 ;; esac }

# buildx__take FLAG VALUE: an argument without a value has that of the environment.
buildx__take() {
	case $1 in
		-f | --file) BUILDX_FILE=$2 ;;
		--target) BUILDX_TARGET=$2 ;;
		--progress) BUILDX_PROGRESS=$2 ;;
		--metadata-file) BUILDX_METADATA=$2 && buildx__writes "$2" ;;
		--iidfile) buildx__writes "$2" ;;
		-t | --tag) BUILDX_TAGS="$BUILDX_TAGS $2" ;;
		--push) case $2 in true | 1) BUILDX_PUSHES=yes ;; esac ;;
		-o | --output)
			buildx__read_push "$2"
			case ,$2, in *,type=local,* | *,tar=false,*) ;; *,dest=*) buildx__writes "$(printf '%s\n' "$2" | sed 's/^\(.*,\)\{0,1\}dest=\([^,]*\).*/\2/')" ;; esac
			;;
		--builder) BUILDX_NAMED=$2 ;;
		--cache-from | --cache-to)
			BUILDX_CACHES="$BUILDX_CACHES$(cache_spec_list "${1#--cache-}" "$2")
" || exit
			;;
		--label) case $2 in seawall.degraded=*) BUILDX_LABELLED=yes ;; esac ;;
		--sbom) case $2 in false | generator=*) ;; *) BUILDX_SBOM=yes ;; esac ;;
		--attest) case $2 in *type=sbom*generator=*) ;; *type=sbom*) BUILDX_SBOM=yes ;; esac ;;
		--platform) BUILDX_PLATFORMS="$BUILDX_PLATFORMS $(printf '%s\n' "$2" | tr ',' ' ')" ;;
		--build-context) BUILDX_GIVEN="$BUILDX_GIVEN${2%%=*} " ;;
		--build-arg) build_arguments_note "$2" >>"$BUILDX_ARGUMENTS" ;;
	esac
}

# buildx__read_push OUTPUT: one that pushes, and the name that it has.
buildx__read_push() {
	case ,$1, in *,type=registry,* | *,push=true,*) BUILDX_PUSHES=yes ;; *) return 0 ;; esac
	case ,$1 in *,name=*) BUILDX_TAGS="$BUILDX_TAGS $(printf '%s\n' "$1" | sed 's/^\(.*,\)\{0,1\}name=\([^,]*\).*/\2/')" ;; esac
}

buildx__writes() {
	[ "$1" = - ] || BUILDX_WRITES="$BUILDX_WRITES$1
"
}

# buildx_check_files: 73 for a file that the build could not write, before it begins.
buildx_check_files() {
	local file folder
	while IFS= read -r file; do
		folder=$(dirname "${file:-.}")
		[ -z "$file" ] || { [ -d "$folder" ] && [ -w "$folder" ]; } ||
			die 73 "wanted to write $file, there is no folder $folder that can be written: make it, or give another path"
	done <<-FILES
		$BUILDX_WRITES
	FILES
}

# buildx_find_dockerfile: prints the path of the Dockerfile, where it is a file of this machine; STDIN is what was given
# on stdin, kept in a file, empty where nothing was.
buildx_find_dockerfile() {
	local name
	case $BUILDX_FILE:$BUILDX_CONTEXT in
		-:* | :-) [ -z "$STDIN" ] || buildx__is_archive "$STDIN" || printf '%s\n' "$STDIN" ;;
		*:*://* | *:git@* | *:github.com/* | *:-) ;;
		:*)
			for name in Dockerfile dockerfile; do
				[ ! -f "$BUILDX_CONTEXT/$name" ] || { printf '%s\n' "$BUILDX_CONTEXT/$name" && return 0; }
			done
			;;
		*)
			for name in "$BUILDX_FILE" "$BUILDX_CONTEXT/$BUILDX_FILE"; do
				[ ! -f "$name" ] || { printf '%s\n' "$name" && return 0; }
			done
			;;
	esac
}

# buildx_wants_stdin: whether the build reads its Dockerfile or its context there.
buildx_wants_stdin() { [ "$BUILDX_FILE" = - ] || [ "$BUILDX_CONTEXT" = - ]; }

# A context as a tar file, packed or not, is no Dockerfile: by its first bytes (gzip, bzip2, xz, zstd) or tar's own mark.
buildx__is_archive() {
	case $(od -A n -t x1 -N 4 "$1" | tr -d ' \n') in 1f8b* | 425a68* | fd377a58 | 28b52ffd) return 0 ;; esac
	[ "$(tail -c +258 "$1" | head -c 5 | tr -d '\0')" = ustar ]
}

# buildx_leave_out " FLAG... " ARGUMENT...: sets BUILDX_LEFT to the arguments without these flags and their values, quoted for
# eval, and BUILDX_LEFT_OUT to the flags that were there.
buildx_leave_out() {
	local flags word skip before
	flags=$1 skip=no before='' BUILDX_LEFT='' BUILDX_LEFT_OUT=''
	shift
	for word in "$@"; do
		if [ -n "$before" ]; then
			[ "$skip" = yes ] || buildx_keep "$word"
			before=''
			continue
		fi
		case $flags in *" ${word%%=*} "*) skip=yes BUILDX_LEFT_OUT="$BUILDX_LEFT_OUT ${word%%=*}" ;; *) skip=no ;; esac
		! buildx__takes_next "$word" || before=$word
		[ "$skip" = yes ] || buildx_keep "$word"
	done
}

# buildx_keep WORD: adds it to BUILDX_LEFT, quoted, every byte of it.
buildx_keep() {
	local rest
	rest=$1 BUILDX_LEFT="$BUILDX_LEFT '"
	while case $rest in *"'"*) ;; *) false ;; esac do
		BUILDX_LEFT="$BUILDX_LEFT${rest%%"'"*}'\\''" rest=${rest#*"'"}
	done
	BUILDX_LEFT="$BUILDX_LEFT$rest'"
}
