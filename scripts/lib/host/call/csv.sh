# Csv: values of flags that are one line of CSV, as buildx reads them (go-csvvalue). Starts no process for usual values.
# shellcheck shell=sh

CSV_NEWLINE='
'
CSV_RETURN=$(printf '\r')

# csv_split VALUE: sets CSV_FIELDS to the list (list.sh) of the fields; false for a value that buildx rejects. One line
# end after the value is no part of it.
csv_split() {
	local rest
	CSV_FIELDS='' rest=${1%"$CSV_NEWLINE"}
	[ "$rest" = "$1" ] || rest=${rest%"$CSV_RETURN"}
	[ -n "$rest" ] || return 1
	rest=$rest,
	while [ -n "$rest" ]; do
		case $rest in
			'"'*) csv__take_quoted "${rest#?}" || return ;;
			*) CSV_FIELD=${rest%%,*} CSV_REST=${rest#*,} ;;
		esac
		case $rest in '"'*) ;; *) case $CSV_FIELD in *'"'*) return 1 ;; esac ;; esac
		list_add CSV_FIELDS "$CSV_FIELD"
		rest=$CSV_REST
	done
}

# csv__take_quoted TEXT: TEXT begins behind a quote. Sets CSV_FIELD, and CSV_REST to the text behind the field's comma.
csv__take_quoted() {
	CSV_FIELD='' CSV_REST=$1
	while :; do
		case $CSV_REST in *'"'*) ;; *) return 1 ;; esac
		CSV_FIELD=$CSV_FIELD${CSV_REST%%'"'*} CSV_REST=${CSV_REST#*'"'}
		case $CSV_REST in
			'"'*) CSV_FIELD="$CSV_FIELD\"" CSV_REST=${CSV_REST#?} ;;
			,*) CSV_REST=${CSV_REST#?} && return ;;
			*) return 1 ;;
		esac
	done
}

# csv_find VALUE NAME...: sets CSV_VALUE to the value of the last field with one of these names, in any case; false if
# there is none.
csv_find() {
	local names field name
	csv_split "$1" || return
	shift
	names=" $* " CSV_VALUE='' CSV_FOUND=no
	eval "set -- $CSV_FIELDS"
	for field in "$@"; do
		case $field in *=*) ;; *) continue ;; esac
		csv_lower "${field%%=*}"
		name=$CSV_LOWER
		case $names in *" $name "*) CSV_VALUE=${field#*=} CSV_FOUND=yes ;; esac
	done
	[ "$CSV_FOUND" = yes ]
}

# csv_has VALUE NAME=TEXT: whether the last field NAME is TEXT.
csv_has() { csv_find "$1" "${2%%=*}" && [ "$CSV_VALUE" = "${2#*=}" ]; }

# csv_lower TEXT: sets CSV_LOWER.
csv_lower() {
	case $1 in
		*[ABCDEFGHIJKLMNOPQRSTUVWXYZ]*) CSV_LOWER=$(printf '%s' "$1" | LC_ALL=C tr '[:upper:]' '[:lower:]') ;;
		*) CSV_LOWER=$1 ;;
	esac
}

# csv_quote FIELD: sets CSV_QUOTED to FIELD as one field of CSV.
csv_quote() {
	local rest
	CSV_QUOTED=$1 rest=$1
	case $1 in *[,\"]* | *"$CSV_NEWLINE") ;; *) return 0 ;; esac
	CSV_QUOTED=''
	while case $rest in *'"'*) ;; *) false ;; esac do
		CSV_QUOTED="$CSV_QUOTED${rest%%'"'*}\"\"" rest=${rest#*'"'}
	done
	CSV_QUOTED="\"$CSV_QUOTED$rest\""
}
