# Weave-steps: the RUN steps of a Dockerfile, and those that a failed build did not finish. Works in SCRATCH/weave.
# shellcheck shell=sh

# weave_steps_list FILE TARGET: writes a row per RUN step that TARGET needs to steps.tsv. Columns: run or trigger (of
# ONBUILD); line; number of the stage; its name in BuildKit's progress; number of the step in its stage; number of its
# steps; the line of the last ENV, ARG or FROM that may set one of the variables; number of the stage that it begins
# with, 0 for an image, -1 for scratch; the line of its FROM; the three lists of weave-calls.awk; why the step is left
# alone (`-`: it is not; off, own, offline: as the user wrote it). A trigger runs in the stages that begin with its own:
# it has their names and lines with blanks between, and the line behind its stage. Or one row: `unread LINE`,
# `taken WHAT`.
weave_steps_list() {
	dockerfile_list "$1" "$2" "$SEAWALL_LIB/host/weave/weave-steps.awk" \
		"weave_names=PATH $(trust_step_names) $WEAVE_VARIABLES_NAMES" >"$SCRATCH/weave/steps" ||
		printf 'unread\t1\n' >"$SCRATCH/weave/steps"
	LC_ALL=C awk -f "$SEAWALL_LIB/host/weave/weave-calls.awk" "TOOLS=$(weave_kit_tools)" "$SCRATCH/weave/steps" \
		>"$SCRATCH/weave/steps.tsv"
}

# weave_steps_choose OUTPUT PROGRESS: prints the rows of the steps that a failed build did not finish, or that hide an
# outage, with the steps after each in its stage.
weave_steps_choose() {
	: >>"$1"
	: >>"$2"
	weave_steps__read "$1" "$2" >"$SCRATCH/weave/unfinished"
	LC_ALL=C awk -f "$SEAWALL_LIB/host/weave/weave-choose.awk" "$SCRATCH/weave/unfinished" \
		what=steps "$SCRATCH/weave/steps.tsv"
}

# weave_steps_hide_outage PROGRESS: whether a failed step, or one that it depends on, failed to download and went on.
# `apt-get update` ends with 0 if an index cannot be fetched, pip reports an index that fails like one without the
# package, and a script may ignore the end of a download. A cached `apt-get update` may be old or empty: it counts if
# SEAWALL_APT_MIRRORS has a second source.
weave_steps_hide_outage() {
	: >>"$1"
	weave_steps__read /dev/null "$1" | grep -q '^hides'
}

weave_steps__read() {
	local folder apt pip
	folder=$SEAWALL_LIB/host/weave apt=no pip=no
	case ${SEAWALL_APT_MIRRORS:-} in *' '*) apt=yes ;; esac
	case ${SEAWALL_PYPI_INDEXES:-} in *' '*) pip=yes ;; esac
	LC_ALL=C awk -v apt_has_more="$apt" -v pip_has_more="$pip" -f "$folder/weave-outage.awk" \
		-f "$folder/weave-unfinished.awk" what=output "$1" what=progress "$2"
}
