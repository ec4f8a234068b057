# The reader of a pipe: whether it runs what it reads.
# bats file_tags=every-shell
load ../helpers

# runs yes|no COMMAND...: each word is the command line of a reader.
runs() {
	local wanted=$1
	shift
	# shellcheck disable=SC2016 # for the other shell
	snippet '. "$LIB/shims/page.sh"; set -f; for line in "$@"; do
		if page__runs_stdin $line; then printf "yes\n"; else printf "no %s\n" "$line"; fi; done' "$@"
	if [ "$wanted" = yes ]; then
		ended 0 "$(printf 'yes\n%.0s' "$@")"$'\n' ''
	else
		ended 0 "$(printf 'no %s\n' "$@")"$'\n' ''
	fi
}

@test "a shell, an interpreter or an unpacker runs what it reads" {
	runs yes sh /bin/sh 'bash -' 'bash -s -- arg' 'sh -eu' 'bash -o pipefail' 'python3 -' 'perl -' 'sudo -E bash -' \
		'env A=b sh' 'busybox sh' 'tar -xz -C /opt' 'gpg --dearmor -o k.gpg' gunzip
}

@test "a program of its own reads data" {
	runs no 'sh -c x' 'bash -euo pipefail -c x' 'sh script.sh' 'python3 -c x' 'python3 tool.py' 'perl -ne print' \
		'node -e x' 'grep href' 'jq .' 'tee key.asc' 'sudo tee key.asc' 'env'
}
