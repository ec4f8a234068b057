#!/usr/bin/env bats
# bats file_tags=every-shell
# scripts/lib/base/scratch.sh and trust.sh: a folder that goes with the command; certificates beside the image's.

load ../helpers

TRUST='. "$LIB/load.sh"; load base
LOG_NAME=trust
'
NAMES='SSL_CERT_FILE PIP_CERT REQUESTS_CA_BUNDLE CURL_CA_BUNDLE GIT_SSL_CAINFO NODE_EXTRA_CA_CERTS'

@test "scratch is made for us alone and removed" {
	snippet "$TRUST"'scratch_make; ls -ld "$SCRATCH"; printf "%s\n" "$SCRATCH"; scratch_remove'
	ended 0
	[[ $OUT == drwx------* ]]
	folder=${OUT%$'\n'} folder=${folder##*$'\n'}
	[[ $folder == /*/seawall.* && ! -e $folder ]]
}

@test "nothing is removed where nothing was made" {
	snippet "${TRUST}scratch_remove"
	ended 0 '' ''
}

@test "secret is used beside the image's own store" {
	cd "$BATS_TEST_TMPDIR"
	printf 'COMPANY\n' >secret
	printf 'PUBLIC\n' >store
	snippet -e "STORE=$PWD/store" "$TRUST"'SCRATCH=$1 TRUST_SECRET=$1/secret
		trust_find_store() { printf "%s\n" "$STORE"; }
		trust_use_secret; env' "$PWD"
	ended 0
	for name in $NAMES; do [[ $'\n'$OUT == *$'\n'"$name=$PWD/ca.crt"$'\n'* ]] || same "$name=$PWD/ca.crt" "$OUT"; done
	same $'PUBLIC\nCOMPANY' "$(cat ca.crt)"
}

@test "keep: what the image sets stays, unless it is the secret itself" {
	cd "$BATS_TEST_TMPDIR"
	printf 'COMPANY\n' >secret
	snippet -e PIP_CERT=own -e "npm_config_cafile=$PWD/secret" -e CARGO_HTTP_CAINFO=own "$TRUST"'SCRATCH=$1
		TRUST_SECRET=$1/secret; trust_use_secret keep
		printf "%s\n" "$PIP_CERT" "$CARGO_HTTP_CAINFO" "$npm_config_cafile" "$SSL_CERT_FILE"' "$PWD"
	ended 0 $'own\nown\n'"$PWD/ca.crt"$'\n'"$PWD/ca.crt"$'\n'
}

# unchanged NAME
unchanged() {
	mkdir "$BATS_TEST_TMPDIR/own"
	snippet -e "$1=own" "$TRUST"'TRUST_SECRET=/nonexistent SCRATCH=$1; trust_use_secret; eval "printf %s \"\${$2:-}\""' \
		"$BATS_TEST_TMPDIR/own" "$1"
	ended 0 own
	rmdir "$BATS_TEST_TMPDIR/own"
}

@test "without a secret unchanged: SSL_CERT_FILE" { unchanged SSL_CERT_FILE; }
@test "without a secret unchanged: PIP_CERT" { unchanged PIP_CERT; }
@test "without a secret unchanged: REQUESTS_CA_BUNDLE" { unchanged REQUESTS_CA_BUNDLE; }
@test "without a secret unchanged: CURL_CA_BUNDLE" { unchanged CURL_CA_BUNDLE; }
@test "without a secret unchanged: GIT_SSL_CAINFO" { unchanged GIT_SSL_CAINFO; }
@test "without a secret unchanged: NODE_EXTRA_CA_CERTS" { unchanged NODE_EXTRA_CA_CERTS; }
