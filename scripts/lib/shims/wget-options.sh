# Wget options: parses the arguments of GNU Wget (1.19 to 1.25) and of the wget of BusyBox. A call is a plain download
# if it gets one http or https URL; such a call can be repeated and sent to a mirror.
# Options that are in no table leave a call alone: uploads, several requests, files whose names depend on the answer, a
# log in a file, files with more options, information, and options of later versions.
# shellcheck shell=sh

WGET_OPTIONS_FLAGS=' auth-no-challenge content-on-error http-keep-alive https-only hsts ignore-case inet4-only
 inet6-only iri keep-session-cookies netrc no-cache no-check-certificate no-check-hostname no-clobber no-config
 no-cookies no-directories no-dns-cache no-hsts no-http-keep-alive no-iri no-netrc no-proxy no-use-server-timestamps
 no-verbose preserve-permissions quiet random-wait retry-connrefused retry-on-host-error server-response
 show-progress spider unlink verbose xattr '
WGET_OPTIONS_VALUES=' bind-address bind-dns-address ca-certificate ca-directory certificate certificate-type ciphers
 compression connect-timeout crl-file default-page directory-prefix dns-servers dns-timeout header hsts-file
 http-password http-user limit-rate load-cookies local-encoding max-redirect output-document password pinnedpubkey
 prefer-family private-key private-key-type progress proxy proxy-password proxy-user read-timeout referer
 remote-encoding report-speed restrict-file-names retry-on-http-error save-cookies secure-protocol timeout tries user
 user-agent wait waitretry '
WGET_OPTIONS_SHORT=' 4=inet4-only 6=inet6-only A=accept B=base D=domains E=adjust-extension F=force-html H=span-hosts
 I=include-directories K=backup-converted L=relative N=timestamping O=output-document P=directory-prefix Q=quota
 R=reject S=server-response T=timeout U=user-agent V=version X=exclude-directories Y=proxy a=append-output b=background
 c=continue d=debug e=execute h=help i=input-file k=convert-links l=level m=mirror o=output-file p=page-requisites
 q=quiet r=recursive t=tries v=verbose w=wait x=force-directories nc=no-clobber nd=no-directories
 nH=no-host-directories np=no-parent nv=no-verbose '

# wget_options_read WORD...: false if a word is not understood, or excludes a plain download. Sets
# WGET_URLS     the list of the URLs
# WGET_COMMON   the list of all other words
# WGET_URL      the last URL
# WGET_OUTPUT   the file of -O, `-` for stdout, empty without -O
# WGET_FOLDER   the folder of -P, with a slash
# WGET_GIVEN    the other options of the call that matter here, with blanks around each name
# WGET_MIRROR   the list of words without the URL and without credentials, for another host
wget_options_read() {
	WGET_URL='' WGET_OUTPUT='' WGET_FOLDER='' WGET_GIVEN=' ' WGET_MIRROR=''
	WGET_URLS='' WGET_COMMON=''
	net_options_read wget_options__long wget_call_take "$WGET_OPTIONS_SHORT" "$@"
}

# wget_options_have NAME...: true if the call has one of these options.
wget_options_have() { words_table_has_one "$WGET_GIVEN" "$@"; }

# wget_options__long NAME[=VALUE] SPELLED: LONG of net_options_read. An abbreviation is not understood.
wget_options__long() {
	NET_WANTS='' WGET_WORD=$2
	if words_table_has "${1%%=*}" "$WGET_OPTIONS_VALUES"; then
		case $1 in *=*) wget_call_take "${1%%=*}" "${1#*=}" && return || return ;; esac
		NET_WANTS=$1
	elif words_table_has "$1" "$WGET_OPTIONS_FLAGS"; then
		wget_call_take_flag "$1"
	else
		return 1
	fi
}
