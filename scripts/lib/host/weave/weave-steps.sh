# Weave-steps: the RUN steps of a Dockerfile, and those that a failed build did not finish. Works in SCRATCH/weave.
# shellcheck shell=sh

# The variables by which common tools find certificates. A woven step gets each that neither the Dockerfile nor the
# image sets.
WEAVE_CERTIFICATE_NAMES='SSL_CERT_FILE PIP_CERT REQUESTS_CA_BUNDLE CURL_CA_BUNDLE GIT_SSL_CAINFO NODE_EXTRA_CA_CERTS'
WEAVE_CERTIFICATE_NAMES="$WEAVE_CERTIFICATE_NAMES CARGO_HTTP_CAINFO"

# weave_steps_list FILE TARGET: writes a row per RUN step that TARGET needs to steps.tsv. Columns: run, trigger (of
# ONBUILD), or stage (one that begins with a stage with triggers, and has no step of its own); line; number of the
# stage; its name in BuildKit's progress; number of the step in its stage; number of its steps; the line of the last
# ENV, ARG or FROM that may set one of the variables, for a trigger the line behind the stage; number of the stage
# that it begins with, 0 for none; the line of its FROM; why the step is left alone (`-`: it is not; off, own,
# offline: as the user wrote it). Or one row: `unread LINE`, `taken WHAT`.
weave_steps_list() {
	dockerfile_list "$1" "$2" "$SEAWALL_LIB/host/weave/weave-steps.awk" "weave_names=PATH $WEAVE_CERTIFICATE_NAMES" \
		>"$SCRATCH/weave/steps.tsv" || printf 'unread\t1\n' >"$SCRATCH/weave/steps.tsv"
}

# weave_steps_choose OUTPUT PROGRESS: prints the rows of the steps that a failed build did not finish, with the steps
# after each in its stage.
weave_steps_choose() {
	: >>"$1"
	: >>"$2"
	LC_ALL=C awk -f "$SEAWALL_LIB/host/weave/weave-unfinished.awk" what=output "$1" what=progress "$2" \
		>"$SCRATCH/weave/unfinished"
	LC_ALL=C awk -f "$SEAWALL_LIB/host/weave/weave-choose.awk" "$SCRATCH/weave/unfinished" \
		what=steps "$SCRATCH/weave/steps.tsv"
}
