# Overrides: what an attempt changes for one target, as words of `docker buildx bake`. The changes are made as words of
# `docker buildx build` first (--build-context, --build-arg, --label, --file, --secret, --cache-from, --cache-to): a
# room that changes a build changes a target with the same words. Works in SCRATCH of the target, on its record.
# shellcheck shell=sh

# overrides_write: writes the words of the target to SCRATCH/overrides (a list), and its rules of the source policy to
# SCRATCH/redirects. SCRATCH/overlay gets what no word can say (overlay.sh).
overrides_write() {
	OVERRIDES_WORDS='' OVERRIDES_DONE=''
	rm -f "$SCRATCH/overlay"
	targets_use_images
	OVERRIDES_WORDS=$OVERRIDES_WORDS$IMAGES_WORDS
	overrides__add_caches
	overrides__add_weaving
	handover_each overrides__add_secret
	overrides__add_platform
	eval "set -- $OVERRIDES_WORDS"
	arguments_each overrides__translate "$@"
	printf '%s' "$OVERRIDES_DONE" >"$SCRATCH/overrides"
	source_policy_rules_of_target >"$SCRATCH/redirects"
}

# If a target is woven, a target that inherits from it would read the same copy: each target names its own Dockerfile.
overrides__add_weaving() {
	[ -s "$TARGETS_PARENT/weave/chosen" ] || return 0
	if weave_is_on; then
		weaving_use_target
		weave_add_words OVERRIDES_WORDS
	elif [ "$TARGETS_INLINE" = yes ]; then
		overlay_write "$TARGETS_NAME" "$TARGETS_DOCKERFILE" >"$SCRATCH/overlay"
	else
		overrides__set "dockerfile=$TARGETS_FILE"
	fi
}

# Per direction: the specs of the caches that are left, if any of them differs from what the target has, or if the
# caller has an override of this field, which an override of ours would only add to. An empty spec is no cache.
overrides__add_caches() {
	local how field
	for how in from to; do
		field=cache-$how
		overrides__choose_caches "$how"
		[ "$OVERRIDES_CHANGED" = yes ] || values_has "$field" "$BAKE_CALL_CACHES" || continue
		values_has "$field" "$BAKE_CALL_CACHES" || overrides__may_rewrite "$field" || continue
		[ -n "$OVERRIDES_CACHES" ] || list_add OVERRIDES_CACHES "--$field" ''
		OVERRIDES_WORDS=$OVERRIDES_WORDS$OVERRIDES_CACHES
	done
}

# overrides__choose_caches from|to: sets OVERRIDES_CACHES to the list of words, and OVERRIDES_CHANGED.
overrides__choose_caches() {
	local how spec class new
	OVERRIDES_CACHES='' OVERRIDES_CHANGED=no
	while read -r how spec; do
		[ "$how" = "$1" ] || continue
		class=ok new=$spec
		! grep -q -x -F "ok $how $spec" "$TARGETS_PARENT/bake/classes" && class=dead
		[ "$how" = from ] || new=$(cache_spec_export "$spec")
		builders_supports "--cache-$how" || class=dead
		[ "$class:$new" = "ok:$spec" ] || OVERRIDES_CHANGED=yes
		[ "$class" = dead ] || list_add OVERRIDES_CACHES "--cache-$how" "$new"
	done <<-CACHES
		$ARGUMENTS_CACHES
	CACHES
}

# overrides__may_rewrite FIELD: an override of a local cache would be a permission to use its folder (--allow), and one
# with a token would show in the list of processes. Such caches are left as they are.
overrides__may_rewrite() {
	local how spec
	while read -r how spec; do
		[ "cache-$how" = "$1" ] || continue
		case $spec in *token=* | *secret* | *_key=*) return 1 ;; esac
		! csv_has "$spec" type=local || bake_call_allows "$(cache_spec_field "$spec" src dest)" || return
	done <<-CACHES
		$ARGUMENTS_CACHES
	CACHES
}

# overrides__add_secret SECRET: a secret of handover.sh that the target does not provide, if it is woven or a RUN step
# mounts it. An override of secrets permits the files of all secrets of the target, so each must be allowed already.
overrides__add_secret() {
	local id
	id=$(cache_spec_field "$1" id)
	! values_has "$id" "$ARGUMENTS_SECRETS" && { weave_is_on || sources_mount_secret "$id"; } || return 0
	if targets_are_allowed; then
		list_add OVERRIDES_WORDS --secret "$1"
	else
		log_warn "target $TARGETS_NAME: it reads files that the call does not allow (--allow):" \
			"its RUN steps get no settings of this machine"
	fi
}

# Another builder may have another default platform (builders.sh).
overrides__add_platform() {
	local platform
	platform=$(builders_platform)
	[ -z "$platform" ] || [ -n "$ARGUMENTS_PLATFORMS" ] || list_add OVERRIDES_WORDS --platform "$platform"
}

# overrides__translate FORM FLAG VALUE: adds the words for one flag to OVERRIDES_DONE.
overrides__translate() {
	case $2 in
		--build-context) overrides__set "contexts.$3" ;;
		--build-arg) overrides__set "args.$3" ;;
		--label) overrides__set "labels.$3" ;;
		--platform) overrides__set "platform=$3" ;;
		--secret)
			overrides__set "secrets+=$3"
			overrides__allow "$(cache_spec_field "$3" src)"
			;;
		--cache-from | --cache-to) overrides__set "${2#--}=$3" ;;
		--file)
			if [ "$TARGETS_INLINE" = yes ]; then
				overlay_write "$TARGETS_NAME" "$3" >"$SCRATCH/overlay"
			else
				overrides__set "dockerfile=$3"
				overrides__allow "$3"
			fi
			;;
	esac
	case $2:$3 in
		--build-context:*=/*) overrides__allow "${3#*=}" ;;
		--build-context:*=oci-layout://*) overrides__allow "${3#*=}" ;;
	esac
}

overrides__set() { list_add OVERRIDES_DONE --set "$TARGETS_NAME.$1"; }

# overrides__allow PATH: buildx asks for a permission to read a file outside of the working folder.
overrides__allow() { [ -z "$1" ] || list_add OVERRIDES_DONE --allow "fs.read=$1"; }
