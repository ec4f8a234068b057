# Git mirror: git downloads from a mirror (SEAWALL_GIT_MIRRORS: pairs PREFIX=OTHER), by settings in its environment:
# the repository keeps the user's URL. A git that another tool starts reads them, too.
# PREFIX is the address that git would ask: behind the user's own url.*.insteadOf.
# shellcheck shell=sh

# git_mirror_begin COMMAND: notes what the step has set. COMMAND WORD... runs git with the options of this call.
git_mirror_begin() {
	GIT_MIRROR_GIT=$1 GIT_MIRROR_COUNT=${GIT_CONFIG_COUNT+:$GIT_CONFIG_COUNT}
	GIT_MIRROR_ASKPASS=${GIT_ASKPASS+:$GIT_ASKPASS} GIT_MIRROR_SYSTEM=${GIT_CONFIG_SYSTEM+:$GIT_CONFIG_SYSTEM}
	shims_own GIT_CONFIG_COUNT GIT_ASKPASS GIT_CONFIG_SYSTEM
}

# git_mirror_leave: git has the settings of the step alone.
git_mirror_leave() {
	unset GIT_CONFIG_COUNT GIT_ASKPASS GIT_CONFIG_SYSTEM
	[ -z "$GIT_MIRROR_COUNT" ] || GIT_CONFIG_COUNT=${GIT_MIRROR_COUNT#:}
	[ -z "$GIT_MIRROR_ASKPASS" ] || GIT_ASKPASS=${GIT_MIRROR_ASKPASS#:}
	[ -z "$GIT_MIRROR_SYSTEM" ] || GIT_CONFIG_SYSTEM=${GIT_MIRROR_SYSTEM#:}
}

# git_mirror_set KEY VALUE: adds a setting to the environment of git (since 2.31; older versions ignore it).
git_mirror_set() {
	local number
	number=${GIT_CONFIG_COUNT:-0}
	values_is_number "$number" 9999 || return 0
	export "GIT_CONFIG_KEY_$number=$1" "GIT_CONFIG_VALUE_$number=$2" "GIT_CONFIG_COUNT=$((number + 1))"
	shims_own "GIT_CONFIG_KEY_$number" "GIT_CONFIG_VALUE_$number"
}

# git_mirror_use "PAIR...": git uses OTHER in place of PREFIX. A mirror gets no login: headers and helpers without a
# host in their name are for the user's hosts.
git_mirror_use() {
	local pair
	rm -f "$SCRATCH/git-mirror"
	for pair in $1; do
		git_mirror__follow "${pair%%=*}" "${pair#*=}" || git_mirror_set "url.${pair#*=}.insteadOf" "${pair%%=*}"
	done
	git_mirror__use_file
	git_mirror_set credential.helper ''
	git_mirror_set http.extraHeader ''
	export GIT_ASKPASS=true
}

# git_mirror_find URL...: prints the mirrors that serve one of these addresses.
git_mirror_find() {
	local pair url
	for pair in $SEAWALL_GIT_MIRRORS; do
		for url in "$@"; do
			git_mirror__has "$url" "${pair%%=*}" && printf ' %s' "${pair#*=}" && break
		done
	done
}

# git_mirror_pairs MIRROR|NUMBER: prints the pairs with this mirror, or the NUMBERth pair of each PREFIX.
git_mirror_pairs() {
	local pair seen count
	seen=''
	for pair in $SEAWALL_GIT_MIRRORS; do
		case $pair in ?*=?*) ;; *) continue ;; esac
		[ "${pair#*=}" != "$1" ] || { printf '%s ' "$pair" && continue; }
		seen="$seen ${pair%%=*}" count=$(git_mirror__count "${pair%%=*}" "$seen")
		[ "$count" != "$1" ] || printf '%s ' "$pair"
	done
}

# git_mirror__count WORD "WORD...": prints how often it is there.
git_mirror__count() {
	local word count
	count=0
	for word in $2; do [ "$word" != "$1" ] || count=$((count + 1)); done
	printf '%s\n' "$count"
}

# git_mirror__has URL PREFIX: whether the address has this prefix, with or without its login. Sets GIT_MIRROR_REST to
# what is behind it.
git_mirror__has() {
	local url host
	host=${1#*://} && host=${host%%/*}
	for url in "$1" "${1%%://*}://${host##*@}${1#*"://$host"}"; do
		case $url in "$2"*) GIT_MIRROR_REST=${url#"$2"} && return 0 ;; esac
	done
	return 1
}

# git_mirror__follow PREFIX OTHER: git does not apply its rules twice, so each rule of the user that leads to PREFIX
# gets a copy that leads to OTHER. True if the user has led PREFIX itself elsewhere.
git_mirror__follow() {
	local key prefix led
	led=1
	while read -r key prefix; do
		key=${key#url.}
		[ "$prefix" != "$1" ] || led=0
		[ -n "$prefix" ] && git_mirror__has "${key%.*}" "$1" || continue
		git config --file "$SCRATCH/git-mirror" --add "url.$2$GIT_MIRROR_REST.insteadOf" "$prefix" || return 1
	done <<-RULES
		$("$GIT_MIRROR_GIT" config --get-regexp '^url\..*\.insteadof$' 2>/dev/null)
	RULES
	return "$led"
}

# git_mirror__use_file: of two rules for one prefix git takes the one that it reads first, so the copies are read before
# the system's file, and include it (GIT_CONFIG_SYSTEM, since 2.32).
git_mirror__use_file() {
	local line
	[ -f "$SCRATCH/git-mirror" ] || return 0
	line=$("$GIT_MIRROR_GIT" config --system --show-origin --name-only --list 2>/dev/null | head -n 1)
	case $line in
		file:/*)
			line=${line#file:}
			git config --file "$SCRATCH/git-mirror" --add include.path "${line%%	*}" || :
			;;
	esac
	export "GIT_CONFIG_SYSTEM=$SCRATCH/git-mirror"
}
