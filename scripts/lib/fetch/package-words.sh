# Package words: reads the arguments of system-packages.sh: names of packages, and options of `apt-get install` or
# `apk add` in all their forms. The results are lists (list.sh): PACKAGE_WORDS, the options and names, PACKAGE_WORDS_OR,
# the options and the names behind --or, and PACKAGE_WORDS_UPDATE, the options for `update`.
# shellcheck shell=sh

# Options with a value; options that `apt-get update` or `apk update` needs, too; options that the kit sets itself, or
# that install nothing.
PACKAGE_WORDS_VALUES_APT=' t target-release default-release o option c config-file a host-architecture '
PACKAGE_WORDS_UPDATE_APT=' o option c config-file allow-releaseinfo-change allow-insecure-repositories '
PACKAGE_WORDS_REFUSED_APT=' d download-only no-download print-uris '
PACKAGE_WORDS_VALUES_APK=' X repository t virtual arch keys-dir wait timeout p root cache-dir repositories-file '
PACKAGE_WORDS_UPDATE_APK=' X repository arch keys-dir wait allow-untrusted '
PACKAGE_WORDS_REFUSED_APK=' p root cache-dir repositories-file no-network '

# package_words_read apt|apk WORD...: exits 64 for words that are neither options nor names. Sets PACKAGE_WORDS_SIGNED
# to `no` if an option accepts packages without a signature, and PACKAGE_WORDS_SIMULATED to `yes` if apt-get only prints
# what it would do.
package_words_read() {
	local list option word given
	list=PACKAGE_WORDS option='' given=yes
	package_words__choose "$1"
	shift
	for word in "$@"; do
		case $option:$given:$list:$word in
			-*) package_words__take_option "$option" "$word" && option='' ;;
			*:PACKAGE_WORDS:--or) list=PACKAGE_WORDS_OR ;;
			:yes:*:--) given=no ;;
			:yes:*:-?*)
				package_words__read_option "$word"
				if [ "$PACKAGE_WORDS_WANTS" = yes ]; then option=$word; else package_words__take_option "$word"; fi
				;;
			*:*[[:space:][:cntrl:]]* | *: | *:-*) die 64 "wanted the name of a package, saw '$word': see --help" ;;
			*) list_add "$list" "$word" ;;
		esac
	done
	[ -z "$option" ] || die 64 "option $option wants a value, saw none: see --help"
	[ -n "$PACKAGE_WORDS" ] || die 64 "wanted the names of packages, saw none: see --help"
	[ "$list" = PACKAGE_WORDS ] || [ -n "$PACKAGE_WORDS_OR" ] ||
		die 64 "--or: wanted the names of packages, saw none: see --help"
	PACKAGE_WORDS=$PACKAGE_WORDS_GIVEN$PACKAGE_WORDS
	[ -z "$PACKAGE_WORDS_OR" ] || PACKAGE_WORDS_OR=$PACKAGE_WORDS_GIVEN$PACKAGE_WORDS_OR
}

# package_words_pass first|or FUNCTION WORD...: calls FUNCTION with the options and names behind WORD...
package_words_pass() {
	local list
	list=$PACKAGE_WORDS
	[ "$1" = first ] || list=$PACKAGE_WORDS_OR
	shift
	eval "\"\$@\" $list"
}

# package_words_have_or: true if there are names behind --or.
package_words_have_or() { [ -n "$PACKAGE_WORDS_OR" ]; }
package_words_are_signed() { [ "$PACKAGE_WORDS_SIGNED" = yes ]; }

package_words__choose() {
	PACKAGE_WORDS='' PACKAGE_WORDS_OR='' PACKAGE_WORDS_UPDATE='' PACKAGE_WORDS_GIVEN='' PACKAGE_WORDS_SIGNED=yes
	PACKAGE_WORDS_SIMULATED=no
	case $1 in
		apt)
			PACKAGE_WORDS_VALUES=$PACKAGE_WORDS_VALUES_APT PACKAGE_WORDS_FOR_UPDATE=$PACKAGE_WORDS_UPDATE_APT
			PACKAGE_WORDS_REFUSED=$PACKAGE_WORDS_REFUSED_APT
			;;
		apk)
			PACKAGE_WORDS_VALUES=$PACKAGE_WORDS_VALUES_APK PACKAGE_WORDS_FOR_UPDATE=$PACKAGE_WORDS_UPDATE_APK
			PACKAGE_WORDS_REFUSED=$PACKAGE_WORDS_REFUSED_APK
			;;
	esac
}

# package_words__read_option WORD: sets PACKAGE_WORDS_NAME to the name of the option without dashes, and
# PACKAGE_WORDS_WANTS to `yes` if its value is the next word. Short options can be combined, and the last one may have
# its value in the same word: -qyt SUITE, -qytSUITE.
package_words__read_option() {
	local rest
	PACKAGE_WORDS_WANTS=no
	case $1 in
		--*)
			PACKAGE_WORDS_NAME=${1#--} PACKAGE_WORDS_NAME=${PACKAGE_WORDS_NAME%%=*}
			case $1:$PACKAGE_WORDS_VALUES in *=*:*) ;; *" $PACKAGE_WORDS_NAME "*) PACKAGE_WORDS_WANTS=yes ;; esac
			package_words__refuse "--$PACKAGE_WORDS_NAME"
			return
			;;
	esac
	rest=${1#-}
	while [ -n "$rest" ]; do
		PACKAGE_WORDS_NAME=${rest%"${rest#?}"} rest=${rest#?}
		package_words__refuse "-$PACKAGE_WORDS_NAME"
		case $PACKAGE_WORDS_VALUES in
			*" $PACKAGE_WORDS_NAME "*)
				[ -n "$rest" ] || PACKAGE_WORDS_WANTS=yes
				return 0
				;;
		esac
		# apt-get: -q=2
		case $rest in =*) return 0 ;; esac
	done
}

package_words__refuse() {
	case $PACKAGE_WORDS_REFUSED in
		*" $PACKAGE_WORDS_NAME "*) die 64 "wanted an option for packages in this image, saw $1: leave it out" ;;
	esac
}

# package_words__take_option WORD [VALUE]: adds it. Its name is in PACKAGE_WORDS_NAME. The cache of this step is
# deleted at its end, so --no-cache of apk is left out: `add` would download the index a second time.
package_words__take_option() {
	case $1:${2:-} in
		--no-cache:*) return 0 ;;
		--allow-un* | --allow-insecure* | --force-yes* | *[Aa]llow[Uu]nauth* | *[Aa]llow[Ii]nsecure*)
			PACKAGE_WORDS_SIGNED=no
			;;
	esac
	case $PACKAGE_WORDS_NAME in
		s | simulate | just-print | dry-run | recon | no-act) PACKAGE_WORDS_SIMULATED=yes ;;
	esac
	list_add PACKAGE_WORDS_GIVEN "$@"
	case $PACKAGE_WORDS_FOR_UPDATE:$1 in
		*" $PACKAGE_WORDS_NAME "*:--* | *" $PACKAGE_WORDS_NAME "*":-$PACKAGE_WORDS_NAME"*)
			list_add PACKAGE_WORDS_UPDATE "$@"
			;;
	esac
}
