# Npm call: what a call of npm, npx, pnpm or yarn does, and what pins the packages that it downloads.
# shellcheck shell=sh

# The commands that download packages, and that can be repeated.
NPM_CALL_VERBS=' add ci clean-install clean-install-test cit dedupe fetch i import in info ins inst insta instal install
 install-ci-test install-clean install-test isnt it show udpate up update upgrade view '
# The commands that download a package and run it.
NPM_CALL_RUNNERS=' create dlx exec init innit x '
# Options whose value is the next word.
NPM_CALL_VALUES=' --prefix -C --loglevel --cache -w --workspace --userconfig --globalconfig --tag --omit --include
 --install-strategy --only --dir --filter -F --cwd --network-timeout --network-concurrency --mutex --cache-folder
 --modules-folder --store-dir --child-concurrency --os --cpu --libc -p --package --before --depth --save-prefix
 --fetch-timeout --fetch-retries --fetch-retry-mintimeout --fetch-retry-maxtimeout --maxsockets --cafile --proxy
 --https-proxy --noproxy --reporter --use-yarnrc --virtual-store-dir '

# npm_call_read npm|npx|pnpm|yarn ARGUMENT...: false if the call downloads nothing that the kit knows. Sets
# NPM_RUNS      yes if the tool runs a package that it has downloaded
# NPM_NAMES     the packages that the call names, with blanks between
# NPM_FOLDER    the folder of the project
# NPM_REGISTRY  yes if an option names a registry
npm_call_read() {
	local word verb wants
	NPM_RUNS=no NPM_NAMES='' NPM_FOLDER=$PWD NPM_REGISTRY=no verb='' wants=''
	[ "$1" != npx ] || verb=npx NPM_RUNS=yes
	[ "$1" = npx ] || NPM_RUNS=no
	NPM_TOOL=$1
	shift
	for word in "$@"; do
		case $wants in
			'') ;;
			*)
				npm_call__take_value "$wants" "$word"
				wants=''
				continue
				;;
		esac
		case $word in
			--version | -v | --help | -h) return 1 ;;
			--registry | --@*:registry) NPM_REGISTRY=yes wants=$word ;;
			--registry=* | --@*:registry=*) NPM_REGISTRY=yes ;;
			--prefix=* | --dir=* | --cwd=*) npm_call__take_value "${word%%=*}" "${word#*=}" ;;
			--) ;;
			-*) ! words_table_has "$word" "$NPM_CALL_VALUES" || wants=$word ;;
			*)
				if [ -n "$verb" ]; then
					# What stands behind the package that runs is for it.
					NPM_NAMES="$NPM_NAMES $word"
					[ "$NPM_RUNS" = no ] || break
				else
					verb=$word
					npm_call__take_verb "$word" || return
				fi
				;;
		esac
	done
	[ -n "$verb" ] || [ "$NPM_TOOL" = yarn ]
}

npm_call__take_verb() {
	! words_table_has "$1" "$NPM_CALL_RUNNERS" || { NPM_RUNS=yes && return; }
	words_table_has "$1" "$NPM_CALL_VERBS"
}

npm_call__take_value() {
	case $1:$2 in
		--prefix:/* | -C:/* | --dir:/* | --cwd:/*) NPM_FOLDER=$2 ;;
		--prefix:* | -C:* | --dir:* | --cwd:*) NPM_FOLDER=$PWD/$2 ;;
		-p:* | --package:*) NPM_NAMES="$NPM_NAMES $2" ;;
	esac
}

# npm_call_pinned_by: prints what pins the packages: hashes of a lock file, versions that the call names, or no.
npm_call_pinned_by() {
	local name file
	if [ -n "$NPM_NAMES" ]; then
		for name in $NPM_NAMES; do
			case ${name#@} in
				*[*~^=:'<>|']*) printf 'no\n' && return ;;
				?*@[0-9]*.[0-9]*.[0-9]*) ;;
				*) printf 'no\n' && return ;;
			esac
		done
		printf 'versions\n' && return
	fi
	for file in package-lock.json npm-shrinkwrap.json pnpm-lock.yaml yarn.lock; do
		[ ! -f "$NPM_FOLDER/$file" ] || { printf 'hashes\n' && return; }
	done
	printf 'no\n'
}
