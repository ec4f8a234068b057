# Redirects: how a build takes each image from its source in the image plan: by a word of the call, or by the source
# policy of the builder.
# shellcheck shell=sh

# redirects_read: sets REDIRECTS_WORDS to the list of the words, and exports the policy of the attempt. The policy
# redirects what no word can, and beside a frontend from a registry all images: docker/dockerfile before 1.4 and other
# frontends do not know named contexts.
redirects_read() {
	REDIRECTS_WORDS='' REDIRECTS_MANNER=context SOURCE_POLICY_REDIRECTS=''
	[ -n "$SOURCE_POLICY_CALLER" ] || image_plan_each redirects__find_manner
	image_plan_each redirects__add
	source_policy_redirect
}

# redirects__find_manner USE IMAGE DIGEST PLACE SOURCE VERDICT: sets REDIRECTS_MANNER.
redirects__find_manner() { case $1:$5 in frontend:builtin) ;; frontend:*) REDIRECTS_MANNER=policy ;; esac }

# redirects__add USE IMAGE DIGEST PLACE SOURCE VERDICT
redirects__add() {
	case $1:$6:$5 in
		*:unserved:* | *:builtin | frontend:default:* | frontend:pinned:* | base:default:*) return 0 ;;
	esac
	if sources_has policy "$2" || [ "$1:$REDIRECTS_MANNER:$5" = "base:policy:docker-image://$4" ]; then
		source_policy_add_redirect "$2" "$4"
	elif [ "$1" = frontend ]; then
		list_add REDIRECTS_WORDS --build-arg "BUILDKIT_SYNTAX=$4"
	else
		contexts_redirect REDIRECTS_WORDS "$2" "$5"
	fi
}
