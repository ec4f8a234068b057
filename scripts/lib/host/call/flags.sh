# Flags: the flags of `docker buildx build` (buildx 0.13 to 0.38, hidden and deprecated ones, too) in one table. A flag
# that is not in the table is looked up in the help of the buildx that is installed.
# shellcheck shell=sh

# Columns, - for none:
#   name, short
#   kind    value: takes one; bool: takes one only after an equals sign
#   reader  the function arguments_on_... that reads the value
#   file    where the value names a file that the build reads: path (the value), pair (NAME=FILE,FILE), or names of
#           fields of CSV
FLAGS_TABLE='
--add-host - value - -
--allow - value - -
--annotation - value - -
--attest - value attest -
--build-arg - value build_arg -
--build-context - value build_context pair
--builder - value builder -
--cache-from - value cache_from -
--cache-to - value cache_to -
--call - value call -
--cgroup-parent - value - -
--check - bool check -
--compress - bool - -
--cpu-period - value - -
--cpu-quota - value - -
--cpu-shares -c value - -
--cpuset-cpus - value - -
--cpuset-mems - value - -
--debug -D bool - -
--detach - bool - -
--file -f value file path
--force-rm - bool - -
--help -h bool help -
--iidfile - value written -
--invoke - value - -
--isolation - value - -
--label - value label -
--load - bool - -
--memory -m value - -
--memory-swap - value - -
--metadata-file - value metadata_file -
--network - value - -
--no-cache - bool - -
--no-cache-filter - value - -
--output -o value output -
--platform - value platform -
--policy - value - filename
--print - value call -
--progress - value progress -
--provenance - value - -
--pull - bool - -
--push - bool push -
--quiet -q bool quiet -
--resource - value - -
--rm - bool - -
--root - value - -
--sbom - value sbom -
--secret - value secret src,source
--security-opt - value - -
--server-config - value - -
--shm-size - value - -
--squash - bool - -
--ssh - value - pair
--tag -t value tag -
--target - value target -
--ulimit - value - -
'
# Seconds until the question for the help is given up.
FLAGS_SECONDS=5
# Not taken from the environment. FLAGS_COMMAND: the command of buildx that the table is about.
FLAGS_COMMAND=build FLAGS_BUILD_TABLE='' FLAGS_ASKED=no FLAGS_NAME='' FLAGS_KIND='' FLAGS_READER=- FLAGS_FILE=-

# flags_use COMMAND [TABLE]: the table is that of another command of buildx; without TABLE, of `build` again.
flags_use() {
	: "${FLAGS_BUILD_TABLE:=$FLAGS_TABLE}"
	FLAGS_COMMAND=$1 FLAGS_ASKED=no FLAGS_TABLE=${2:-$FLAGS_BUILD_TABLE}
}

# flags_find FLAG: sets the record FLAGS_NAME, FLAGS_KIND, FLAGS_READER and FLAGS_FILE to the row of FLAG, a name or
# `-x`; false for a flag that buildx does not have.
flags_find() {
	flags__find_row "$1" && return
	[ "$FLAGS_ASKED:${1:+named}" = no:named ] || return
	FLAGS_ASKED=yes
	FLAGS_TABLE="$FLAGS_TABLE$(flags__of_client)
"
	flags__find_row "$1"
}

flags__find_row() {
	local row
	FLAGS_NAME='' FLAGS_KIND='' FLAGS_READER=- FLAGS_FILE=-
	case $1:$FLAGS_TABLE in
		*[!a-zA-Z0-9-]*:"
"* | -:*) return 1 ;;
		--*:*"
$1 "*) row="$1 ${FLAGS_TABLE#*"
$1 "}" ;;
		-?:*" $1 "*)
			row=${FLAGS_TABLE%%" $1 "*}
			row="${row##*"
"} $1 ${FLAGS_TABLE#*" $1 "}"
			;;
		*) return 1 ;;
	esac
	row=${row%%"
"*}
	FLAGS_NAME=${row%% *} row=${row#* * }
	FLAGS_KIND=${row%% *} row=${row#* }
	FLAGS_READER=${row% *} FLAGS_FILE=${row#* }
}

# flags__of_client: prints a row for each flag in the help of the client. A flag with a type takes a value.
flags__of_client() {
	SEAWALL_INSIDE=yes attempt_run "$FLAGS_SECONDS" docker buildx "$FLAGS_COMMAND" --help 2>/dev/null |
		flags_of_help || :
}

# flags_of_help: reads the help on stdin; prints rows of the table.
flags_of_help() {
	LC_ALL=C awk '
		match($0, /^ ? ? ? ? ? ?(-[A-Za-z], )?--[a-z][a-z0-9-]*/) {
			rest = substr($0, RLENGTH + 1)
			count = split(substr($0, 1, RLENGTH), words, /[ ,]+/)
			short = words[count - 1] ~ /^-[A-Za-z]$/ ? words[count - 1] : "-"
			print words[count], short, (rest ~ /^ [^ ]/ && rest !~ /^ [^ ]*\[=/) ? "value" : "bool", "-", "-"
		}
	'
}
