"""scripts/lib/host/build/cause.sh and push.sh: what is changed after a failed build, and what the ladder is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

ROOMS = (
    "base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/caches host/weave "
    "host/builders host/progress host/build"
)
# The other rooms are fakes that print what is asked of them.
PRELUDE = f"""
. "$SEAWALL_LIB/load.sh"; load {ROOMS}
LOG_NAME=t SCRATCH=$1 LADDER_TEXT=$1/failure LADDER_DEADLINE=$(($(clock_uptime) + 60)) ARGUMENTS_PUSHES=yes
SEAWALL_WEAVE=off
blame_registry() {{ [ "$OTHER_PLACE" = yes ]; }}
aftermath_blame() {{ return 1; }}
builders_blame() {{ printf 'blame %s\\n' "$1"; }}
ladder_leave_source() {{ printf 'leave\\n'; }}
recovery_try() {{ printf 'recover %s\\n' "$2"; RECOVERY_DONE=$RECOVERS; [ "$RECOVERS" != fails ]; }}
stall_await_others() {{ :; }}
lost_data__prune() {{ printf 'prune %s\\n' "$1"; [ "$1" != "$KEPT" ]; }}
lost_data__drop_image() {{ printf 'drop image\\n'; [ image != "$KEPT" ]; }}
finding_clear; cause_begin; push_begin
OTHER_PLACE=no RECOVERS=yes KEPT=''
P=$1/progress && : >"$P"
output() {{ printf '%s\\n' "$1" >"$SCRATCH/output"; }}
look() {{ cause_find "$1" "$2" "$P"; show; }}
show() {{ printf '%s %s %s\\n' "$FINDING_CHANGED" "$LOST_DATA_CACHE" "$PUSH_FAILED"; }}
"""
LOST = "ERROR: error reading from server: EOF"
LAYER = "output 'ERROR: failed to prepare sha256:0a as b: parent snapshot sha256:0a does not exist: not found'"
CONTEXT = "output 'ERROR: failed to read dockerfile: failed to prepare a: parent snapshot c9 does not exist: not found'"
CASES = {
    "nothing to change": ("output 'ERROR: failed to solve: 404'; look 1 current", ["no used "]),
    "another place": ("OTHER_PLACE=yes; output 'ERROR: 503'; look 1 current", ["yes used "]),
    "a lost layer": (
        f"aftermath_blame() {{ :; }}; output '{LOST}'; look 1 current; wc -c <\"$LADDER_TEXT\"",
        ["yes used ", "0"],
    ),
    "a builder that was restarted": (
        f"output '{LOST}'; look 1 b", ["recover no", "yes used "]
    ),
    "a builder that builds": (
        f"RECOVERS=no; output '{LOST}'; look 1 b", ["recover no", "no used "]
    ),
    "a builder that cannot be restarted": (
        f"RECOVERS=fails; output '{LOST}'; look 1 b", ["recover no", "blame b", "leave", "no used "]
    ),
    "a builder without a bridge": (
        "output 'ERROR: failed to create endpoint x on network bridge'; look 1 current",
        ["recover yes", "yes used "],
    ),
    "a timeout": ("RECOVERS=no; output x; look 124 current", ["recover no", "no used "]),
    "a timeout with another place": (
        "OTHER_PLACE=yes; output x; look 124 current", ["yes used "]
    ),
    "a stalled layer of a cache": (
        "RECOVERS=no; echo 0a >\"$1/stalled\"; : >\"$1/stalled.cache\"; echo why >\"$1/stalled.why\"; output x\n"
        "look 124 current; cat \"$LADDER_TEXT\"",
        ["recover no", "yes none ", "why"],
    ),
    "a lost Dockerfile": (
        f"{CONTEXT}; look 1 current; finding_clear; look 1 current; finding_clear\n"
        'look 1 current; printf "%s %s\\n" "$FINDING_CLASS" "$FINDING_CODE"',
        ["prune type=source.local", "yes used ", "yes none ", "no none ", "cache-import 75"],
    ),
    "a lost context that is in use": (
        "KEPT=type=source.local; output '------\n > [internal] load build context:\n------\n"
        "ERROR: failed to walk: resolve : lstat /x/snapshots/106/fs: no such file or directory'; look 1 current",
        ["prune type=source.local", "yes none "],
    ),
    "a lost layer of an image": (
        f"{LAYER}; look 1 current; finding_clear; look 1 current", ["drop image", "yes used ", "yes none "],
    ),
    "a lost layer that is in use": (f"KEPT=image; {LAYER}; look 1 current", ["drop image", "yes none "]),
    "a lost step, then a lost image": (
        "output 'ERROR: failed to stat active key during commit: snapshot 0a does not exist'; look 1 current\n"
        f"finding_clear; {LAYER}; look 1 current; finding_clear; look 1 current",
        ["yes none ", "drop image", "yes none ", "no none "],
    ),
    "a dead record": (
        "output 'ERROR: failed to get dead record a: not found'; look 1 current", ["yes none "]
    ),
    "a lost blob": (
        "output 'ERROR: failed to get layer: content digest sha256:0a: not found'; look 1 current", ["yes none "]
    ),
    "a step that names a snapshot": (
        "output 'ERROR: process \"git snapshot x does not exist\" did not complete successfully: 1'; look 1 current",
        ["no used "],
    ),
    "a failed push": (
        "output 'ERROR: failed to push r.example.org/a:1: 503'; look 1 current",
        ["no used r.example.org/a:1"],
    ),
}  # fmt: skip


@pytest.fixture
def says(lines: Callable[[str], list[str]]) -> Callable[[str], list[str]]:
    """The lines that this script prints."""
    return lambda script: lines(PRELUDE + script)


def test_next_build_differs_by_what_failed(says):
    """A mirror, a restart or a build without the cache is tried at once; a builder that stays dead is left."""
    scripts = [
        f"printf '%s\\n' '== {name}'\n({script})\nrm -f \"$1/stalled\" \"$1/stalled.cache\""
        for name, (script, _) in CASES.items()
    ]
    wanted = [line for name, (_, lines) in CASES.items() for line in [f"== {name}", *lines]]
    assert says("\n".join(scripts)) == wanted


def test_failed_push_is_last_of_the_pushes_and_runs_no_step(says):
    """The other registries get their image first; --no-cache and --pull are dropped, odd words stay whole."""
    seen = says("""
        ARGUMENTS_TAGS='r.example.org/a:1 s.example.org/a:1'
        push_words . || printf 'unchanged\\n'
        PUSH_FAILED=r.example.org/a:1
        push_words --no-cache --pull --tag r.example.org/a:1 -t s.example.org/a:1 --build-arg "A=it's  1" .
        eval "set -- $ARGUMENTS_LEFT"
        printf '<%s>' "$@"
    """)
    assert seen == [
        "unchanged",
        "<--build-arg><A=it's  1><.><--tag><s.example.org/a:1><--tag><r.example.org/a:1>",
    ]


LOG = """\
#4 [1/3] FROM r.example.org/base
#5 [2/3] RUN make
#5 0.1 connection refused, trying again
#6 [3/3] RUN false
------
 > [3/3] RUN false:
0.100 undefined: x
------
ERROR: failed to solve: layer-sha256:0a: unexpected EOF
"""


def test_failing_step_is_what_is_classified(says, tmp_path):
    """Words of the other steps do not decide."""
    (tmp_path / "output").write_text(LOG)
    seen = says('cp "$1/output" "$1/progress"; cause_find 1 current "$1/progress"; cat "$LADDER_TEXT"')
    assert seen == LOG.splitlines()[4:]


QUIET = """\
------
 > [2/2] RUN wget -q "https://a.example/x" -O /x && tar -xf /x:
------
ERROR: failed to build: failed to solve: process "/bin/sh -c wget -q \\"https://a.example/x\\" -O /x && tar -xf /x" \
did not complete successfully: exit code: 4
"""
QUIET_CASES = {
    QUIET: "yes",
    QUIET.replace("wget -q", "curl -fsL").replace("code: 4", "code: 22"): "yes",
    QUIET.replace("code: 4", "code: 1"): "no",
    QUIET.replace("wget -q", "make"): "no",
    QUIET.replace("/x:\n", "/x:\n0.100 tar: not there\n"): "no",
}
"""Texts of a failing step; the code of a quiet client counts only if nothing was printed."""


def test_quiet_download_is_known_by_its_code(says, tmp_path):
    """`wget -q` and `curl -s` print nothing: the step is woven, and then says what failed."""
    for number, text in enumerate(QUIET_CASES):
        (tmp_path / f"text{number}").write_text(text)
    files = " ".join(f"text{number}" for number in range(len(QUIET_CASES)))
    script = f'for file in {files}; do if cause__is_quiet_download "$1/$file"; then echo yes; else echo no; fi; done'
    assert says(script) == list(QUIET_CASES.values())
