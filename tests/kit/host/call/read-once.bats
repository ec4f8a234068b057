#!/usr/bin/env bats
# scripts/lib/host/call/stdin.sh and read-once.sh: what a build can read only once is kept, or passed on whole to one attempt.

load ../../helpers

KEEP='. "$LIB/load.sh"; load base attempt verdict host/machine host/registry host/call
LOG_NAME=t STDIN_MOST=10 READ_ONCE_MOST=10 TMPDIR=${TMPDIR:-$HOME}
'

setup() { cd "$BATS_TEST_TMPDIR"; }

@test "what fits is kept, and read as often as wanted" {
	snippet "$KEEP"'STDIN_WANTED=yes; stdin_keep <<X
123456
X
	cat "$STDIN_INPUT" "$STDIN_INPUT"; printf "%s\n" "$READ_ONCE_WHOLE"'
	ended 0 $'123456\n123456\nyes\n' ''
}

@test "what is too big is passed on whole, and said" {
	snippet "$KEEP"'STDIN_WANTED=yes; stdin_keep <<X
123456789012345
X
	cat "$STDIN_INPUT"; printf "%s\n" "$READ_ONCE_WHOLE"'
	ended 0 $'123456789012345\nno\n'
	[[ $ERR == *'larger than 10 bytes'* ]]
}

@test "what is kept is on a disk, for its user alone, and gone at the end" {
	snippet "$KEEP"'STDIN_WANTED=yes; stdin_keep <<X
123456
X
	ls -ld "$READ_ONCE_FOLDER"; printf "%s\n" "$STDIN_FILE"; read_once_end; ls "$TMPDIR"'
	ended 0
	[[ $OUT == drwx------* && $OUT == *$'\n'"$BATS_TEST_TMPDIR/seawall."*/stdin$'\n' ]]
}

@test "place that is nearly full keeps half of what is free" {
	snippet "$KEEP"'STDIN_MOST=268435456
	df() { printf "Filesystem 1024-blocks Used Available Capacity Mounted on\nx y 900 800 100 88%% /z\n"; }
	stdin__find_place; printf "%s\n" "$STDIN_MOST"'
	ended 0 $'51200\n' ''
}

@test "head that reads too much is not used" {
	snippet "$KEEP"'read_once__head_is_exact() { return 1; }; STDIN_WANTED=yes; stdin_keep <<X
123456789012345
X
	cat "$STDIN_INPUT"'
	ended 0 $'123456789012345\n' ''
}

@test "folder that cannot be written is 73" {
	snippet -e TMPDIR=/nonexistent/x "$KEEP"'STDIN_WANTED=yes; stdin_keep'
	ended 73 '' $'t: error: wanted to keep the input of the build in /nonexistent/x, could not: make room or set TMPDIR\n'
}

# wants WORD...: whether a call with these words reads stdin.
wants() {
	printf 1 >stdin
	snippet "$KEEP"'SCRATCH=$PWD; read_once_replace "$@" <stdin; printf "%s\n" "$STDIN_WANTED"' "$@"
	ended 0
	OUT=${OUT%$'\n'}
}

@test "stdin is read only where the call names it" {
	local call
	: >x
	ln -s /dev/stdin link
	for call in '-' '-f - .' '--file=- .' '-f- .' '-qf - .' '-qDf- .' '-- -' '--file /dev/stdin .' '-f/dev/fd/0 .' \
		'--secret id=a,src=/dev/stdin .' '--secret=source=/proc/self/fd/0,id=a .' \
		'--secret id=/dev/stdin .' '--secret id=a,src=link .' '--secret type=file,id=a,src=/dev//stdin .' \
		'--ssh k=/dev/stdin .' '--ssh k=x,/dev/stdin .' '--policy reset=true,filename=/dev/stdin .'; do
		# shellcheck disable=SC2086 # words
		wants $call
		same yes "$OUT" "$call"
	done
	wants --secret '"id=a","SRC=/dev/stdin"' .
	same yes "$OUT" quotes
	for call in '.' '--tag - .' '--build-arg A=/dev/stdin .' '--iidfile /dev/stdin .' '--file x -- .' '-tf- .' \
		'--secret id=a,env=x .' '--secret type=env,id=a,src=/dev/stdin .' '--ssh default .'; do
		# shellcheck disable=SC2086 # words
		wants $call
		same no "$OUT" "$call"
	done
}

# A call of: a FIFO with six bytes as a secret and one with fifteen as a Dockerfile, whose names hold a blank.
FIFOS='mkdir scratch && SCRATCH=$PWD/scratch && mkfifo "a b" "c d"
	printf 123456 >"a b" & printf 123456789012345 >"c d" &
	read_once_replace --secret "id=x,src=a b" -f"c d" --tag "e
f" "" .
	eval "set -- $READ_ONCE_WORDS"
'

@test "FIFO is replaced by a copy that can be read again, for its user alone" {
	snippet "$KEEP$FIFOS"'printf "<%s>" "$1" "${2%"$PWD"*}" "${2#*,src=}" "$4" "$5" "$6" "$7"; cat "${2#*src=}" "${2#*src=}"; stat -c %a "${2#*src=}"'
	ended 0 "<--secret><id=x,src=><$BATS_TEST_TMPDIR/scratch/read-once/1/a b><--tag><e"$'\n'"f><><.>123456123456600"$'\n'
}

@test "FIFO that is too large to keep is passed on whole, once" {
	snippet "$KEEP$FIFOS"'printf "%s %s " "${3%"$PWD"*}" "$READ_ONCE_WHOLE"; cat "${3#-f}"'
	ended 0 '-f no 123456789012345'
	[[ $ERR == *'c d is larger than 10 bytes'* ]]
}

@test "name with a comma is one field of the secret" {
	snippet "$KEEP"'mkdir "s,\"c" && SCRATCH=$PWD/"s,\"c" && mkfifo a && printf 1 >a &
		while [ ! -p a ]; do :; done
		SCRATCH=$PWD/"s,\"c"; read_once_replace --secret=src=a,id=x; eval "set -- $READ_ONCE_WORDS"; printf "%s\n" "$1"'
	ended 0 "--secret=\"src=$BATS_TEST_TMPDIR/s,\"\"c/read-once/1/a\",id=x"$'\n'
}

@test "file, folder and word of another flag stay as they are" {
	snippet "$KEEP"'SCRATCH=$PWD; : >file; mkfifo fifo
		read_once_replace -f file --secret id=x,src=none --secret "id=y,\"src=fifo" --label fifo --build-arg A=fifo fifo
		printf "%s\n" "$READ_ONCE_WORDS $READ_ONCE_COUNT"'
	ended 0 " '-f' 'file' '--secret' 'id=x,src=none' '--secret' 'id=y,\"src=fifo' '--label' 'fifo' '--build-arg' 'A=fifo' 'fifo' 0"$'\n' ''
}

# copies WORD...: one of the words names the FIFO, and the new words name a copy of it.
copies() {
	rm -rf scratch fifo
	snippet "$KEEP"'mkdir scratch && mkfifo fifo && SCRATCH=$PWD/scratch && exec 9<>fifo && printf 1234 >fifo
		read_once__copy() { READ_ONCE_COUNT=1 READ_ONCE_INPUT=$SCRATCH/read-once/1/${1##*/}; }
		arguments_read() { :; }
		read_once_replace "$@"; eval "set -- $READ_ONCE_WORDS"; printf "%s " "$READ_ONCE_COUNT" "$@"' "$@"
	ended 0
	[[ $OUT == "1 "*"$BATS_TEST_TMPDIR/scratch/read-once/1/fifo"* ]] || same "a copy for $*" "$OUT"
}

@test "secret, key, policy or Dockerfile in a FIFO is replaced however it is written" {
	copies --secret '"id=x","src=fifo"'
	copies --secret=SRC=fifo,id=x
	copies --secret type=file,id=x,source=fifo
	copies --secret id=fifo
	copies --ssh k=fifo
	copies --ssh k=none,fifo
	copies -qffifo
	copies -qDf=fifo
	copies -qf fifo
	copies --policy reset=true,filename=fifo
}
