# Cache-spec: the value of --cache-from and --cache-to, a list of fields (docs.docker.com/build/cache/backends).
# shellcheck shell=sh

# cache_spec_list from|to SPEC: prints lines `from SPEC` and `to SPEC` like buildx reads the value: it may be several
# names of images, or empty. 64 for a value that buildx cannot use.
cache_spec_list() {
	local rest
	cache_spec_check "--cache-$1" "$2"
	case $2 in *=* | *'"'*) printf '%s %s\n' "$1" "$2" && return 0 ;; esac
	rest=$2,
	while [ -n "$rest" ]; do
		[ -z "${rest%%,*}" ] || printf '%s %s\n' "$1" "${rest%%,*}"
		rest=${rest#*,}
	done
}

# cache_spec_check FLAG SPEC: 64 for missing fields. Quoted and capital fields and other cache types are left to buildx.
cache_spec_check() {
	local type wanted
	case $2 in '' | *'"'*) return 0 ;; esac
	case ,$2 in *,type=*) ;; *,[Tt][Yy][Pp][Ee]=*) return 0 ;; esac
	type=$(cache_spec_type "$2") wanted=''
	case ,$2, in *,,* | *,=*) wanted='fields NAME=VALUE with commas between' ;; esac
	case $type:$1 in
		:*) wanted=type=NAME ;;
		registry:*) [ -n "$(cache_spec_ref "$2")" ] || wanted=ref=IMAGE ;;
		local:--cache-from) [ -n "$(cache_spec_field "$2" src)" ] || wanted=src=FOLDER ;;
		local:--cache-to) [ -n "$(cache_spec_field "$2" dest)" ] || wanted=dest=FOLDER ;;
	esac
	[ -z "$wanted" ] ||
		die 64 "$1: wanted $wanted, saw '$(cache_spec__redacted "$2")': see docs.docker.com/build/cache/backends"
}

cache_spec__redacted() { printf '%s\n' "$1" | sed 's/\([a-z_]*\(token\|key\|secret\)[a-z_]*=\)[^,]*/\1***/g'; }

# cache_spec_type SPEC: prints the cache type. A value without fields is the name of an image.
cache_spec_type() { case $1 in *=*) cache_spec_field "$1" type ;; ?*) printf 'registry\n' ;; esac }

# cache_spec_ref SPEC: prints the image of a cache in a registry.
cache_spec_ref() { case $1 in *=*) cache_spec_field "$1" ref ;; *) printf '%s\n' "$1" ;; esac }

# cache_spec_field SPEC NAME: prints the value of the first field NAME; nothing if there is none.
cache_spec_field() {
	local rest
	rest=,$1,
	case $rest in *,"$2"=*) ;; *) return 0 ;; esac
	rest=${rest#*,"$2"=}
	printf '%s\n' "${rest%%,*}"
}

# cache_spec_quote FIELD: prints it as one field of CSV.
cache_spec_quote() {
	case $1 in
		*[,\"]*) printf '"%s"\n' "$(printf '%s' "$1" | sed 's/"/""/g')" ;;
		*) printf '%s\n' "$1" ;;
	esac
}

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
	case ,$spec, in *,type=inline,* | *,ignore-error=*) ;; *) spec=$spec,ignore-error=true ;; esac
	case ,$spec, in *,timeout=*) ;; *,type=gha,*) spec=$spec,timeout=$CACHE_EXPORT_TIMEOUT ;; esac
	printf '%s\n' "$spec"
}

# BuildKit's default is ten minutes.
CACHE_EXPORT_TIMEOUT=2m
