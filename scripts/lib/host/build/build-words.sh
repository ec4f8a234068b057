# Build-words: the words that an attempt of `docker buildx build` adds to those of the caller.
# shellcheck shell=sh

# build_words_add ARGUMENT...: sets ARGUMENTS_LEFT to the arguments with the words of the image plan, the caches and the
# woven steps, without those that the builder does not support, and after a failed push to those of another push.
build_words_add() {
	BUILD_WOVEN=''
	weave_add_words BUILD_WOVEN
	eval "set -- \"\$@\" $IMAGES_WORDS $CACHES_WORDS $BUILD_WOVEN"
	! builders_limit_words "$BUILD_BUILDER" "$@" || eval "set -- $ARGUMENTS_LEFT"
	push_words "$@" || arguments_set_left "$@"
}
