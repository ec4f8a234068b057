# Cache-spec: the value of --cache-from and --cache-to, a list of fields (docs.docker.com/build/cache/backends).
# shellcheck shell=sh

# cache_spec_list from|to SPEC: prints lines `from SPEC` and `to SPEC` like buildx reads the value: it may be several
# names of images, or empty. 64 for a value that buildx cannot use.
cache_spec_list() {
	local how name
	cache_spec_check "--cache-$1" "$2"
	case $2 in
		'') ;;
		*=*) printf '%s %s\n' "$1" "$2" ;;
		*)
			how=$1
			csv_split "$2" || return
			eval "set -- $CSV_FIELDS"
			for name in "$@"; do [ -z "$name" ] || printf '%s %s\n' "$how" "$name"; done
			;;
	esac
}

# cache_spec_check FLAG SPEC: 64 for missing fields. Other cache types are left to buildx.
cache_spec_check() {
	local type wanted
	[ -n "$2" ] || return 0
	type=$(cache_spec_type "$2") wanted=''
	case $type:$1 in
		:*) wanted=type=NAME ;;
		registry:*) [ -n "$(cache_spec_ref "$2")" ] || wanted=ref=IMAGE ;;
		local:--cache-from) [ -n "$(cache_spec_field "$2" src)" ] || wanted=src=FOLDER ;;
		local:--cache-to) [ -n "$(cache_spec_field "$2" dest)" ] || wanted=dest=FOLDER ;;
	esac
	cache_spec__has_fields "$2" || wanted='fields NAME=VALUE with commas between'
	[ -z "$wanted" ] ||
		die 64 "$1: wanted $wanted, saw '$(cache_spec__redacted "$2")': see docs.docker.com/build/cache/backends"
}

# cache_spec__has_fields SPEC: whether buildx can take it apart.
cache_spec__has_fields() {
	local field
	csv_split "$1" || return
	case $1 in *=*) ;; *) return 0 ;; esac
	eval "set -- $CSV_FIELDS"
	for field in "$@"; do case $field in ?*=*) ;; *) return 1 ;; esac done
}

cache_spec__redacted() { printf '%s\n' "$1" | sed 's/\([a-z_]*\(token\|key\|secret\)[a-z_]*=\)[^,]*/\1***/g'; }

# cache_spec_type SPEC: prints the cache type. A value without fields is the name of an image.
cache_spec_type() { case $1 in *=*) cache_spec_field "$1" type ;; ?*) printf 'registry\n' ;; esac }

# cache_spec_ref SPEC: prints the image of a cache in a registry.
cache_spec_ref() { case $1 in *=*) cache_spec_field "$1" ref ;; *) printf '%s\n' "$1" ;; esac }

# cache_spec_field SPEC NAME...: prints the value of the last field with one of these names; nothing if there is none.
cache_spec_field() { ! csv_find "$@" || printf '%s\n' "$CSV_VALUE"; }

# cache_spec_quote FIELD: prints it as one field of CSV.
cache_spec_quote() { csv_quote "$1" && printf '%s\n' "$CSV_QUOTED"; }

# cache_spec_name SPEC: prints a name for log lines, without tokens.
cache_spec_name() {
	local type
	type=$(cache_spec_type "$1")
	case $type in
		registry) cache_spec_ref "$1" ;;
		gha) printf 'gha%s\n' "$(cache_spec_field "$1" scope | sed 's/^./:&/')" ;;
		*) printf '%s\n' "$type" ;;
	esac
}

# cache_spec_export SPEC: prints SPEC for an export that must not fail the build: adds ignore-error (BuildKit 0.12) and,
# for gha, a timeout, unless SPEC sets them.
cache_spec_export() {
	local spec
	spec=$1
	case $spec in *=*) ;; *) spec=type=registry,ref=$spec ;; esac
	csv_has "$spec" type=inline || csv_find "$spec" ignore-error || spec=$spec,ignore-error=true
	csv_find "$spec" timeout || ! csv_has "$spec" type=gha || spec=$spec,timeout=$CACHE_EXPORT_TIMEOUT
	printf '%s\n' "$spec"
}

# BuildKit's default is ten minutes.
CACHE_EXPORT_TIMEOUT=2m
