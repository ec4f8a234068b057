# Platform: the platform of this machine, and the names of platforms by the rules of containerd/platforms 1.0 (rc.5),
# which buildx and BuildKit use (tests/kit/host/machine/platforms.tsv has its results).
# shellcheck shell=sh

PLATFORM_SYSTEMS=' aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris'
PLATFORM_SYSTEMS="$PLATFORM_SYSTEMS windows zos "
PLATFORM_MACHINES=' 386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le'
PLATFORM_MACHINES="$PLATFORM_MACHINES mips64p32 mips64p32le ppc riscv riscv64 s390 s390x sparc sparc64 wasm "

# platform_own: prints OS/ARCH[/VARIANT] of this machine. The kernel's names differ from Go's, which BuildKit uses.
platform_own() {
	local machine
	machine=$(uname -m)
	case $machine in
		x86_64) machine=amd64 ;;
		aarch64 | arm64) machine=arm64 ;;
		armv7* | armv8l) machine=arm/v7 ;;
		armv6*) machine=arm/v6 ;;
		i[3-6]86) machine=386 ;;
		loongarch64) machine=loong64 ;;
	esac
	printf 'linux/%s\n' "$machine"
}

# platform_read NAME OWN: sets the record PLATFORM_OS, PLATFORM_OSVERSION, PLATFORM_ARCH, PLATFORM_VARIANT and
# PLATFORM_NAME, the normalized name that BuildKit gets from buildx for `--platform NAME`; false for a name that they
# refuse. OWN: the platform for `local` and for what NAME leaves out. Starts a process only for unusual names.
platform_read() {
	local name options
	name=$1 options=''
	PLATFORM_OSVERSION=''
	case $name in *[ABCDEFGHIJKLMNOPQRSTUVWXYZ]*) name=$(printf '%s\n' "$1" | tr '[:upper:]' '[:lower:]') ;; esac
	[ "$name" != local ] || name=$2
	PLATFORM_OS=${name%%/*} name=${name#"${name%%/*}"}
	case $PLATFORM_OS in
		*'('*')')
			platform__read_options "${PLATFORM_OS#*'('}" || return 1
			PLATFORM_OS=${PLATFORM_OS%%'('*} options=$PLATFORM_OPTIONS
			;;
	esac
	case $PLATFORM_OS in '' | *[!abcdefghijklmnopqrstuvwxyz0123456789_-]*) return 1 ;; macos) PLATFORM_OS=darwin ;; esac
	platform__read_machine "$name" "$2" "$options" || return 1
	PLATFORM_NAME=$PLATFORM_OS$options/$PLATFORM_ARCH${PLATFORM_VARIANT:+/$PLATFORM_VARIANT}
}

# platform_variables PREFIX NAME OWN: prints words PREFIXPLATFORM=VALUE, PREFIXOS=VALUE and so on, the variables that
# BuildKit sets for a platform; false for a name that it refuses. No value has blanks.
platform_variables() {
	platform_read "$2" "$3" || return
	printf '%s\n' "$1PLATFORM=$PLATFORM_NAME" "$1OS=$PLATFORM_OS" "$1OSVERSION=$PLATFORM_OSVERSION" \
		"$1ARCH=$PLATFORM_ARCH" "$1VARIANT=$PLATFORM_VARIANT"
}

# platform__read_machine [/ARCH[/VARIANT]] OWN OPTIONS: without ARCH the name is a system or a machine.
platform__read_machine() {
	local own
	own=${2#*/}
	case $1 in
		/*/*/* | */ | *//* | */. | */./* | */.. | */../* | *[!abcdefghijklmnopqrstuvwxyz0123456789_./-]*) return 1 ;;
		/*/*) set -- "${1#/}" && platform__normalize "${1%%/*}" "${1#*/}" ;;
		/*) platform__normalize "${1#/}" '' ;;
		*)
			case $PLATFORM_SYSTEMS in
				*" $PLATFORM_OS "*) platform__normalize "${own%%/*}" "${own#"${own%%/*}"}" && return ;;
			esac
			[ -z "$3" ] || return 1
			platform__normalize "$PLATFORM_OS" ''
			PLATFORM_OS=${2%%/*}
			case $PLATFORM_MACHINES in *" $PLATFORM_ARCH "*) ;; *) return 1 ;; esac
			;;
	esac
}

# platform__normalize ARCH VARIANT: sets PLATFORM_ARCH and PLATFORM_VARIANT.
platform__normalize() {
	PLATFORM_ARCH=$1 PLATFORM_VARIANT=${2#/}
	case $PLATFORM_ARCH:$PLATFORM_VARIANT in
		i386:*) PLATFORM_ARCH=386 PLATFORM_VARIANT='' ;;
		x86_64:v1 | x86-64:v1 | amd64:v1) PLATFORM_ARCH=amd64 PLATFORM_VARIANT='' ;;
		x86_64:* | x86-64:*) PLATFORM_ARCH=amd64 ;;
		aarch64:* | arm64:*)
			PLATFORM_ARCH=arm64
			case $PLATFORM_VARIANT in
				8 | v8 | v8.0) PLATFORM_VARIANT='' ;;
				9 | 9.0 | v9.0) PLATFORM_VARIANT=v9 ;;
			esac
			;;
		armhf:* | arm: | arm:7) PLATFORM_ARCH=arm PLATFORM_VARIANT=v7 ;;
		armel:*) PLATFORM_ARCH=arm PLATFORM_VARIANT=v6 ;;
		arm:[568]) PLATFORM_VARIANT=v$PLATFORM_VARIANT ;;
	esac
}

# platform__read_options VERSION[+FEATURE]...): sets PLATFORM_OSVERSION and PLATFORM_OPTIONS, the same with sorted
# features. Encoded characters (%2B) are not read.
platform__read_options() {
	local features
	case $1 in *[!abcdefghijklmnopqrstuvwxyz0123456789_.+\)-]* | *')'*')' | *++* | *'+)') return 1 ;; esac
	PLATFORM_OPTIONS=${1%)} features=''
	PLATFORM_OSVERSION=${PLATFORM_OPTIONS%%+*}
	case $PLATFORM_OPTIONS in
		*+*+*) features=$(printf '%s\n' "${PLATFORM_OPTIONS#*+}" | tr + '\n' | LC_ALL=C sort -u | tr '\n' +) ;;
		*+*) features=${PLATFORM_OPTIONS#*+} ;;
	esac
	PLATFORM_OPTIONS=$PLATFORM_OSVERSION${features:++${features%+}}
	[ -z "$PLATFORM_OPTIONS" ] || PLATFORM_OPTIONS="($PLATFORM_OPTIONS)"
}
