# Git call: which command of git a call runs, from where it downloads, and which folder a clone makes.
# shellcheck shell=sh

# Options of git, and of git clone, with a value; with `=` it is in the same word.
GIT_CALL_VALUES=' -C -c --git-dir --work-tree --namespace --exec-path --super-prefix --config-env --attr-source '
GIT_CALL_CLONE_VALUES=' -o --origin -b --branch -u --upload-pack --template --reference --reference-if-able
 --separate-git-dir -c --config --depth --shallow-since --shallow-exclude --filter -j --jobs --server-option
 --bundle-uri --ref-format --revision '
GIT_CALL_CLONE_FLAGS=' -l --local --no-local --no-hardlinks -s --shared -q --quiet -v --verbose --progress --no-progress
 -n --no-checkout --bare --mirror --sparse --single-branch --no-single-branch --no-tags --tags --recursive
 --recurse-submodules --shallow-submodules --no-shallow-submodules --remote-submodules --no-remote-submodules
 --dissociate --reject-shallow --no-reject-shallow --also-filter-submodules -4 -6 --ipv4 --ipv6 '

# git_call_read WORD...: false if the call downloads nothing. Sets
# GIT_VERB      the command: clone, fetch, pull, ls-remote, submodule or lfs
# GIT_BEGIN     the list of options before it
# GIT_FROM      the folder in which git starts, with a slash
# GIT_URL       for clone: the URL
# GIT_FOLDER    for clone: the folder that it makes, empty if that is not known
git_call_read() {
	GIT_VERB='' GIT_BEGIN='' GIT_FROM='' GIT_URL='' GIT_FOLDER=''
	while [ $# -gt 0 ]; do
		case $1 in
			-*) list_add GIT_BEGIN "$1" ;;
			*) GIT_VERB=$1 && shift && break ;;
		esac
		if words_table_has "$1" "$GIT_CALL_VALUES"; then
			[ $# -gt 1 ] || return 1
			[ "$1" != -C ] || case $2 in /*) GIT_FROM=$2/ ;; *) GIT_FROM=$GIT_FROM$2/ ;; esac
			list_add GIT_BEGIN "$2"
			shift
		fi
		shift
	done
	case $GIT_VERB:${1-} in
		clone:*) git_call__read_clone "$@" ;;
		fetch:* | pull:* | ls-remote:*) ;;
		submodule:*) values_has update "$*" || values_has add "$*" ;;
		lfs:pull | lfs:fetch | lfs:clone) ;;
		*) return 1 ;;
	esac
}

# git_call__read_clone WORD...: false for a clone of a folder on this machine.
git_call__read_clone() {
	local word wants known plain
	wants=no known=yes plain=yes
	for word in "$@"; do
		[ "$wants" = no ] || { wants=no && continue; }
		case $word in
			--separate-git-dir*) known=no ;;
			--bare | --mirror) plain=no ;;
			--?*=*) continue ;;
		esac
		case $word in
			-?*)
				if words_table_has "$word" "$GIT_CALL_CLONE_VALUES"; then
					wants=yes
				elif ! words_table_has "$word" "$GIT_CALL_CLONE_FLAGS"; then
					known=no
				fi
				;;
			*) if [ -z "$GIT_URL" ]; then GIT_URL=$word; else GIT_FOLDER=$word; fi ;;
		esac
	done
	case $GIT_URL in file://* | '') return 1 ;; *://* | [!./]*:*) ;; *) return 1 ;; esac
	[ -n "$GIT_FOLDER" ] || git_call__name_folder "$plain"
	[ "$known" = yes ] || GIT_FOLDER=''
	case $GIT_FOLDER in '' | /*) ;; *) GIT_FOLDER=$GIT_FROM$GIT_FOLDER ;; esac
}

# git_call__name_folder yes|no: the folder of a clone without a name, as git names it; no for a bare repository.
git_call__name_folder() {
	local name
	name=$GIT_URL
	while [ "${name%/}" != "$name" ]; do name=${name%/}; done
	name=${name%/.git}
	name=${name##*[/:]}
	name=${name%.git}
	case $name in *[!A-Za-z0-9._-]* | .*) name='' ;; esac
	GIT_FOLDER=$name
	[ "$1" = yes ] || [ -z "$name" ] || GIT_FOLDER=$name.git
}
