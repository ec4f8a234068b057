# Apt judge: what a failed apt-get means.
# shellcheck shell=sh

# apt_judge: sets the finding of a failed download from the HTTP status that apt printed, whatever its reason phrase.
# For every status of an InRelease file but 404 apt adds `is not signed`, which is no evidence of wrong bytes. Another
# mirror may have what this one does not have, or refuses, or be signed with a key that the image trusts. Other wrong
# bytes are left to the classifier.
apt_judge() {
	local status class found
	found=''
	if grep -q -E '^E: (Command line option|Option) ' "$LADDER_TEXT"; then
		finding_set build-command-failed '' '' '' 'apt-get refuses an option'
		finding_decide stop 64
		return
	fi
	if grep -q -i -E 'NO_PUBKEY|KEYSIG|KEYEXPIRED|Missing key [0-9A-F]' "$LADDER_TEXT"; then
		finding_set integrity '' '' '' 'signed with a key that this image does not trust'
		return
	fi
	if grep -q 'is not valid yet' "$LADDER_TEXT"; then
		# The clock of this machine, or that of one mirror.
		finding_set clock-skew && finding_decide elsewhere
		return
	fi
	! grep -q -i -E 'sum mismatch|unexpected size|BADSIG|clearsigned' "$LADDER_TEXT" || return 0
	for status in $(apt_judge_statuses); do
		class=$(status_class "$status")
		case $class in http-5xx | rate-limited | timeout) found=$class && break ;; esac
		found=${found:-$class}
	done
	! grep -q 'is invalid for APT::Default-Release' "$LADDER_TEXT" || found=${found:-not-found}
	[ -z "$found" ] || finding_set "$found"
	case $found in not-found | http-4xx-other) finding_decide elsewhere ;; esac
}

# apt_judge_statuses: prints the HTTP status of each failed request, except 404 and 410 of a package: there the lists
# are older than the mirror, which the classifier knows.
apt_judge_statuses() {
	sed -n -E -e '/\.deb  4(04|10) /d' \
		-e 's/^(E|W|Error|Warning): Failed to fetch [^ ]+  ([1-5][0-9][0-9]) .*/\2/p' \
		-e '/^Err:.*(Release|Packages|Sources)$/{' -e n -e 's/^ +([1-5][0-9][0-9]) .*/\1/p' -e '}' "$LADDER_TEXT"
}
