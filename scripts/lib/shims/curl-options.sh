# Curl options: parses the arguments of curl (7.58 to 8.17). A call is a plain download if it gets http or https URLs;
# such a call can be repeated and sent to a mirror. One with several URLs becomes a call for each (curl-pieces.sh).
# Options that are in no table leave a call alone: uploads, several requests, output that is read while it arrives,
# files with more options, other protocols than http, information, and options of later versions.
# shellcheck shell=sh

CURL_OPTIONS_FLAGS=' alpn anyauth basic ca-native cert-status compressed create-dirs digest disable disable-epsv
 disable-eprt disallow-username-in-url doh-cert-status doh-insecure fail fail-early fail-with-body false-start globoff
 head http0.9 http1.0 http1.1 http2 http2-prior-knowledge http3 http3-only ignore-content-length include insecure
 ipv4 ipv6 junk-session-cookies keepalive location location-trusted mptcp negotiate netrc netrc-optional no-clobber
 no-progress-meter npn ntlm ntlm-wb path-as-is progress-bar progress-meter proxy-anyauth proxy-basic proxy-ca-native
 proxy-digest proxy-http2 proxy-insecure proxy-negotiate proxy-ntlm proxy-ssl-allow-beast
 proxy-ssl-auto-client-cert proxy-tlsv1 proxytunnel raw remote-header-name remote-name remote-name-all remote-time
 remove-on-error retry-all-errors retry-connrefused sessionid show-error silent skip-existing socks5-basic
 socks5-gssapi socks5-gssapi-nec ssl ssl-allow-beast ssl-auto-client-cert ssl-no-revoke ssl-reqd
 ssl-revoke-best-effort sslv2 sslv3 styled-output suppress-connect-headers tcp-fastopen tcp-nodelay tls-earlydata
 tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 tr-encoding use-ascii verbose xattr '
CURL_OPTIONS_VALUES=' alt-svc aws-sigv4 cacert capath cert cert-type ciphers connect-timeout connect-to cookie
 cookie-jar create-file-mode crlfile curves delegation dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url
 dump-header ech egd-file engine etag-compare etag-save expect100-timeout happy-eyeballs-timeout-ms haproxy-clientip
 header hostpubmd5 hostpubsha256 hsts interface ip-tos ipfs-gateway keepalive-cnt keepalive-time key key-type
 limit-rate local-port login-options max-filesize max-redirs max-time netrc-file noproxy oauth2-bearer output
 output-dir pass pinnedpubkey preproxy proto proto-default proto-redir proxy proxy-cacert proxy-capath proxy-cert
 proxy-cert-type proxy-ciphers proxy-crlfile proxy-header proxy-key proxy-key-type proxy-pass proxy-pinnedpubkey
 proxy-service-name proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword proxy-tlsuser proxy-user proxy1.0
 random-file range rate referer request resolve retry retry-delay retry-max-time sasl-authzid service-name
 signature-algorithms socks4 socks4a socks5 socks5-gssapi-service socks5-hostname speed-limit speed-time
 tls-max tls13-ciphers tlsauthtype tlspassword tlsuser url user user-agent vlan-priority write-out '
CURL_OPTIONS_SHORT=' a=append E=cert K=config C=continue-at #=progress-bar b=cookie c=cookie-jar d=data q=disable
 D=dump-header f=fail F=form P=ftp-port G=get g=globoff I=head H=header h=help 0=http1.0 i=include k=insecure
 4=ipv4 6=ipv6
 j=junk-session-cookies l=list-only L=location M=manual m=max-time n=netrc :=next N=no-buffer o=output Z=parallel
 x=proxy U=proxy-user p=proxytunnel Q=quote r=range e=referer J=remote-header-name O=remote-name
 R=remote-time X=request S=show-error s=silent Y=speed-limit y=speed-time 2=sslv2 3=sslv3 t=telnet-option z=time-cond
 1=tlsv1 T=upload-file B=use-ascii u=user A=user-agent v=verbose V=version w=write-out '

# curl_options_read WORD...: false if a word is not understood, or excludes a plain download. Sets
# CURL_URLS         the list of the URLs
# CURL_URL          the last one
# CURL_OUTPUTS      the list of the places that get them, in the same order: `remote` for -O, `=FILE` for -o
# CURL_COMMON       the list of all other options
# CURL_PIECES       yes, or no if a transfer depends on the one before it, or if the output tells the call from several
# CURL_OUTPUT       the file that gets it, `remote` for -O, empty for stdout
# CURL_GIVEN        the other options of the call that matter here, with blanks around each name
# CURL_MIRROR       the list of words without the URL and without credentials, for another host
curl_options_read() {
	CURL_URL='' CURL_OUTPUT='' CURL_GIVEN=' ' CURL_MIRROR='' CURL_FOLDER=''
	CURL_URLS='' CURL_OUTPUTS='' CURL_COMMON='' CURL_PIECES=yes
	net_options_read curl_options__long curl_call_take "$CURL_OPTIONS_SHORT" "$@"
}

# curl_options__long NAME SPELLED: LONG of net_options_read. --no-NAME switches a flag off. An abbreviation is not
# understood.
curl_options__long() {
	NET_WANTS=''
	if words_table_has "$1" "$CURL_OPTIONS_VALUES"; then
		NET_WANTS=$1
	elif words_table_has "$1" "$CURL_OPTIONS_FLAGS" ||
		{ [ "${1#no-}" != "$1" ] && words_table_has "${1#no-}" "$CURL_OPTIONS_FLAGS"; }; then
		curl_call_take_flag "$1"
	else
		return 1
	fi
}
