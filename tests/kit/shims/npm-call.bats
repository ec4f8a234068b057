# The reader of the arguments of npm, npx, pnpm and yarn: which calls download, and what pins the packages.
# bats file_tags=every-shell
load ../helpers

read_call='. "$LIB/load.sh"; load base; for name in words-table npm-call; do . "$LIB/shims/$name.sh"; done; cd "$HOME"
	if npm_call_read "$@"; then printf "%s|%s|%s|%s\n" "$NPM_RUNS" "$NPM_NAMES" "$NPM_REGISTRY" "$(npm_call_pinned_by)"
	else printf "own\n"; fi'

# call WANTED WORD...
call() {
	local wanted=$1
	shift
	snippet "$read_call" "$@"
	ended 0 "$wanted"$'\n' ''
}

@test "what pins the packages of a call" {
	call 'no||no|no' npm install
	call 'no| a|no|no' npm i a
	call 'no| a@1.2.3 @s/b@4.5.6-rc.1|no|versions' npm install -g a@1.2.3 @s/b@4.5.6-rc.1
	call 'no| a@^1.2.3|no|no' npm install a@^1.2.3
	call 'no| a@1|no|no' npm install a@1
	call 'no| a@latest|no|no' npm install a@latest
	call 'no| a@npm:b@1.2.3|no|no' npm install a@npm:b@1.2.3
	touch "$BATS_TEST_TMPDIR/package-lock.json"
	call 'no||no|hashes' npm ci
	call 'no||no|hashes' npm --loglevel warn ci --omit dev
	call 'no| a|no|no' npm install a
	call 'no||no|no' npm --prefix sub ci
	call 'no||yes|hashes' npm ci --registry https://r/
	call 'no||no|hashes' pnpm install --frozen-lockfile
	call 'no||no|hashes' yarn
	call 'no||no|hashes' yarn --frozen-lockfile
	call 'yes| create-x@1.2.3|no|versions' npx -y create-x@1.2.3 app --flag
	call 'yes| tsc|no|no' npm exec tsc -- -p x
}

@test "any other call is the tool's own" {
	call own npm run build
	call own npm test
	call own npm publish
	call own npm --version
	call own npm
	call own yarn build
	call own pnpm run install
}
