# Room call: What does the caller want: arguments, Dockerfile, stdin, cache options?
# Face: arguments_* dockerfile_* cache_spec_* stdin_*
# shellcheck shell=sh

# Flags whose value is the next word (buildx 0.29).
ARGUMENTS_VALUED=' --add-host --allow --annotation --attest --build-arg --build-context --builder --cache-from --cache-to --call
 --cgroup-parent --file -f --iidfile --label --metadata-file --network --no-cache-filter --output -o --platform --progress
 --provenance --sbom --secret --shm-size --ssh --tag -t --target --ulimit --memory -m --memory-swap --cpu-shares -c
 --cpu-period --cpu-quota --cpuset-cpus --cpuset-mems --isolation --security-opt --policy '

# arguments_read ARGUMENT...: sets ARGUMENTS_FILE, ARGUMENTS_TARGET, ARGUMENTS_CONTEXT (the last one that is no flag), ARGUMENTS_PROGRESS,
# ARGUMENTS_PLATFORMS (a list), ARGUMENTS_GIVEN (the names of the contexts that are given, a list), ARGUMENTS_QUIET, ARGUMENTS_METADATA
# (a file), ARGUMENTS_NAMED (the builder), ARGUMENTS_SBOM (whether one is wanted), ARGUMENTS_LABELLED (whether the caller says that it
# is degraded), ARGUMENTS_PUSHES, ARGUMENTS_TAGS (a list, names of outputs too), ARGUMENTS_WRITES (files that the build writes, each a
# line), ARGUMENTS_CACHES (lines `from SPEC` and `to SPEC`), and writes the build arguments to the file ARGUMENTS_LIST.
arguments_read() {
	local word before
	ARGUMENTS_FILE='' ARGUMENTS_TARGET='' ARGUMENTS_CONTEXT='' ARGUMENTS_PROGRESS='' ARGUMENTS_PLATFORMS='' ARGUMENTS_GIVEN=' ' ARGUMENTS_QUIET=no
	ARGUMENTS_PUSHES=no ARGUMENTS_TAGS='' ARGUMENTS_METADATA='' ARGUMENTS_NAMED='' ARGUMENTS_SBOM=no ARGUMENTS_LABELLED=no ARGUMENTS_WRITES='' ARGUMENTS_CACHES=''
	: >"$ARGUMENTS_LIST"
	before=''
	for word in "$@"; do
		if [ -n "$before" ]; then
			arguments__take "$before" "$word"
			before=''
			continue
		fi
		case $word in
			--*=*) arguments__take "${word%%=*}" "${word#*=}" ;;
			-q | --quiet) ARGUMENTS_QUIET=yes ;;
			--push) ARGUMENTS_PUSHES=yes ;;
			-[fto]=*) arguments__take "${word%%=*}" "${word#*=}" ;;
			-[fto]?*) arguments__take "${word%"${word#??}"}" "${word#??}" ;;
			- | [!-]* | '') ARGUMENTS_CONTEXT=$word ;;
		esac
		! arguments__takes_next "$word" || before=$word
	done
}

# The list is wrapped, so a blank or a line's end follows.
arguments__takes_next() { case $ARGUMENTS_VALUED in *" $1 "* | *" $1
"*) ;; *) return 1 ;; esac }

# arguments__take FLAG VALUE: an argument without a value has that of the environment.
arguments__take() {
	case $1 in
		-f | --file) ARGUMENTS_FILE=$2 ;;
		--target) ARGUMENTS_TARGET=$2 ;;
		--progress) ARGUMENTS_PROGRESS=$2 ;;
		--metadata-file) ARGUMENTS_METADATA=$2 && arguments__writes "$2" ;;
		--iidfile) arguments__writes "$2" ;;
		-t | --tag) ARGUMENTS_TAGS="$ARGUMENTS_TAGS $2" ;;
		--push) case $2 in true | 1) ARGUMENTS_PUSHES=yes ;; esac ;;
		-o | --output)
			arguments__read_push "$2"
			case ,$2, in *,type=local,* | *,tar=false,*) ;; *,dest=*) arguments__writes "$(printf '%s\n' "$2" | sed 's/^\(.*,\)\{0,1\}dest=\([^,]*\).*/\2/')" ;; esac
			;;
		--builder) ARGUMENTS_NAMED=$2 ;;
		--cache-from | --cache-to)
			ARGUMENTS_CACHES="$ARGUMENTS_CACHES$(cache_spec_list "${1#--cache-}" "$2")
" || exit
			;;
		--label) case $2 in seawall.degraded=*) ARGUMENTS_LABELLED=yes ;; esac ;;
		--sbom) case $2 in false | generator=*) ;; *) ARGUMENTS_SBOM=yes ;; esac ;;
		--attest) case $2 in *type=sbom*generator=*) ;; *type=sbom*) ARGUMENTS_SBOM=yes ;; esac ;;
		--platform) ARGUMENTS_PLATFORMS="$ARGUMENTS_PLATFORMS $(printf '%s\n' "$2" | tr ',' ' ')" ;;
		--build-context) ARGUMENTS_GIVEN="$ARGUMENTS_GIVEN${2%%=*} " ;;
		--build-arg) build_arguments_note "$2" >>"$ARGUMENTS_LIST" ;;
	esac
}

# arguments__read_push OUTPUT: one that pushes, and the name that it has.
arguments__read_push() {
	case ,$1, in *,type=registry,* | *,push=true,*) ARGUMENTS_PUSHES=yes ;; *) return 0 ;; esac
	case ,$1 in *,name=*) ARGUMENTS_TAGS="$ARGUMENTS_TAGS $(printf '%s\n' "$1" | sed 's/^\(.*,\)\{0,1\}name=\([^,]*\).*/\2/')" ;; esac
}

arguments__writes() {
	[ "$1" = - ] || ARGUMENTS_WRITES="$ARGUMENTS_WRITES$1
"
}

# arguments_check_files: 73 for a file that the build could not write, before it begins.
arguments_check_files() {
	local file folder
	while IFS= read -r file; do
		folder=$(dirname "${file:-.}")
		[ -z "$file" ] || { [ -d "$folder" ] && [ -w "$folder" ]; } ||
			die 73 "wanted to write $file, there is no folder $folder that can be written: make it, or give another path"
	done <<-FILES
		$ARGUMENTS_WRITES
	FILES
}

# arguments_find_dockerfile: prints the path of the Dockerfile, where it is a file of this machine; STDIN is what was given
# on stdin, kept in a file, empty where nothing was.
arguments_find_dockerfile() {
	local name
	case $ARGUMENTS_FILE:$ARGUMENTS_CONTEXT in
		-:* | :-) [ -z "$STDIN" ] || arguments__is_archive "$STDIN" || printf '%s\n' "$STDIN" ;;
		*:*://* | *:git@* | *:github.com/* | *:-) ;;
		:*)
			for name in Dockerfile dockerfile; do
				[ ! -f "$ARGUMENTS_CONTEXT/$name" ] || { printf '%s\n' "$ARGUMENTS_CONTEXT/$name" && return 0; }
			done
			;;
		*)
			for name in "$ARGUMENTS_FILE" "$ARGUMENTS_CONTEXT/$ARGUMENTS_FILE"; do
				[ ! -f "$name" ] || { printf '%s\n' "$name" && return 0; }
			done
			;;
	esac
}

# arguments_wants_stdin: whether the build reads its Dockerfile or its context there.
arguments_wants_stdin() { [ "$ARGUMENTS_FILE" = - ] || [ "$ARGUMENTS_CONTEXT" = - ]; }

# A context as a tar file, packed or not, is no Dockerfile: by its first bytes (gzip, bzip2, xz, zstd) or tar's own mark.
arguments__is_archive() {
	case $(od -A n -t x1 -N 4 "$1" | tr -d ' \n') in 1f8b* | 425a68* | fd377a58 | 28b52ffd) return 0 ;; esac
	[ "$(tail -c +258 "$1" | head -c 5 | tr -d '\0')" = ustar ]
}

# arguments_leave_out " FLAG... " ARGUMENT...: sets ARGUMENTS_LEFT to the arguments without these flags and their values, quoted for
# eval, and ARGUMENTS_LEFT_OUT to the flags that were there.
arguments_leave_out() {
	local flags word skip before
	flags=$1 skip=no before='' ARGUMENTS_LEFT='' ARGUMENTS_LEFT_OUT=''
	shift
	for word in "$@"; do
		if [ -n "$before" ]; then
			[ "$skip" = yes ] || arguments_keep "$word"
			before=''
			continue
		fi
		case $flags in *" ${word%%=*} "*) skip=yes ARGUMENTS_LEFT_OUT="$ARGUMENTS_LEFT_OUT ${word%%=*}" ;; *) skip=no ;; esac
		! arguments__takes_next "$word" || before=$word
		[ "$skip" = yes ] || arguments_keep "$word"
	done
}

# arguments_keep WORD: adds it to ARGUMENTS_LEFT, quoted, every byte of it.
arguments_keep() {
	local rest
	rest=$1 ARGUMENTS_LEFT="$ARGUMENTS_LEFT '"
	while case $rest in *"'"*) ;; *) false ;; esac do
		ARGUMENTS_LEFT="$ARGUMENTS_LEFT${rest%%"'"*}'\\''" rest=${rest#*"'"}
	done
	ARGUMENTS_LEFT="$ARGUMENTS_LEFT$rest'"
}
