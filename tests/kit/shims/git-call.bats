# The reader of git's arguments: which calls download, from where, and which folder a clone makes.
# bats file_tags=every-shell
load ../helpers

read_call='. "$LIB/load.sh"; load base; for name in words-table git-call; do . "$LIB/shims/$name.sh"; done
	if git_call_read "$@"; then printf "%s|%s|%s|%s\n" "$GIT_VERB" "$GIT_URL" "$GIT_FOLDER" "$GIT_BEGIN"
	else printf "git\n"; fi'

# call WANTED WORD...
call() {
	local wanted=$1
	shift
	snippet "$read_call" "$@"
	ended 0 "$wanted"$'\n' ''
}

@test "a clone names its folder as git does" {
	call 'clone|https://h/a/b.git|b|' clone https://h/a/b.git
	call 'clone|https://h/a/b/|b|' clone https://h/a/b/
	call 'clone|https://h/a/b/.git|b|' clone https://h/a/b/.git
	call 'clone|git@h:a/b.git|b|' clone git@h:a/b.git
	call 'clone|git@h:b|b|' clone git@h:b
	call 'clone|https://h/b|b.git|' clone --bare https://h/b
	call 'clone|https://h/b|there|' clone -q --depth 1 -b main https://h/b there
	call 'clone|https://h/b|there|' clone --depth=1 https://h/b there
	call "clone|https://h/b|/d/e/b| '-C' '/d' '-C' 'e' '-c' 'a.b=c'" -C /d -C e -c a.b=c clone https://h/b
	call 'clone|https://h/b||' clone --no-such-option https://h/b
	call 'clone|https://h/b||' clone --separate-git-dir x https://h/b
	call 'clone|https://h/a%20b||' clone https://h/a%20b
}

@test "other commands that download are known, and all else is git's own" {
	call 'fetch|||' fetch
	call 'pull|||' pull --rebase
	call "ls-remote||| '-C' 'd'" -C d ls-remote origin
	call 'submodule|||' submodule update --init --recursive
	call 'lfs|||' lfs pull
	call git
	call git status
	call git submodule status
	call git lfs ls-files
	call git clone ./here there
	call git clone /here
	call git clone file:///here
	call git -C
	call git --version
	call git commit -m clone
}
