"""Random hostile input for each reader of the kit: no code runs, and the reader ends quietly and in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness.machine.run import run
from harness.machine.shells import SHELLS, Shell
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.long

FUZZ = settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
"""Batches for each reader and shell; a batch is one process with up to 40 lines: one to two seconds for all."""

ATOMS = (
    "$(touch pwned)", "`touch pwned`", "x[$(touch pwned)]", ";touch pwned;", "|touch pwned", "'", '"', "\\", "*", "?",
    "[a", "{a,b}", "[1-30]", "%s%n", "&", "#", "!", "~", "$HOME", "${IFS}", "-n", "--", "=", ",", ":", "/", "@", " ",
    "\t", "\r", "é", "\x1b[31m", "a" * 300,
)  # fmt: skip
NUMBERS = (
    "0", "08", "-1", "9" * 20, "0x10", "1e3", "", "1700000000", "4102444800", "HOME[$(touch pwned)]", "x", "12345",
)  # fmt: skip
ROOMS = (
    "base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/caches host/weave "
    "host/builders host/progress host/build"
)


def text_of(*words: str) -> st.SearchStrategy[str]:
    """A line of hostile text that contains some of these words."""
    return st.lists(st.sampled_from((*ATOMS, *NUMBERS, *words)), max_size=8).map("".join)


def fields_of(*columns: tuple[str, ...]) -> st.SearchStrategy[str]:
    """A line of the right form with hostile values."""
    return st.tuples(*(st.sampled_from(column) for column in columns)).map(" ".join)


@dataclass(frozen=True)
class Reader:
    """A reader of the file `input`, which prints a line for each violation."""

    script: str
    lines: st.SearchStrategy[str]


DIGEST = "sha256:" + "0" * 64
READERS: Mapping[str, Reader] = {
    "cache specs": Reader(
        """
while IFS= read -r line; do
	(cache_spec_list from "$line") >/dev/null 2>>said || [ $? -eq 64 ] || printf 'code %s for %s\\n' "$?" "$line"
done <input""",
        text_of("type=registry", "type=gha", "ref=", "src=", "token="),
    ),
    "answers of registries": Reader(
        "http__read input",
        text_of("HTTP/1.1 ", "200", "Retry-After: ", "docker-content-digest: ", "RateLimit-Remaining: "),
    ),
    "memory of the breaker": Reader(
        """
breaker_begin
breaker_note registry host ok
cat input >>"$BREAKER_FILE"
breaker_ask registry host 2>>said
case $BREAKER:$BREAKER_UNTIL in
	*:*[!0-9]* | *:) printf 'state %s\\n' "$BREAKER:$BREAKER_UNTIL" ;;
	open:* | closed:* | half-open:* | fresh:*) ;;
	*) printf 'state %s\\n' "$BREAKER" ;;
esac""",
        st.one_of(
            fields_of(NUMBERS, ("ok", "fail", "*"), ("timeout", "-", "$(touch pwned)"), NUMBERS), text_of("ok", "fail")
        ),
    ),
    "memory of digests": Reader(
        """
digests_remember host/app:1 sha256:0
cat input >>"$DIGESTS"
digests_recall host/app:1 600 >digest 2>>said || :
case $(cat digest) in '' | sha256:????????*) ;; *) cat digest ;; esac""",
        fields_of(NUMBERS, (DIGEST, "sha256:*", "sha256:$(touch pwned)", ""), ("", "seen", "$(touch pwned)")),
    ),
    "budget that is spent": Reader(
        """
SEAWALL_BUDGET=3 SEAWALL_DEADLINE=@4102444800 SEAWALL_RUN=r
budget_begin
cat input >>"$BUDGET_FILE"
budget_left 2>>said || :
budget_spend 2>>said || :
case $(budget_spent) in '' | *[!0-9]*) budget_spent ;; esac""",
        text_of("step"),
    ),
    "events of steps": Reader(
        """
BUDGET_FILE=$PWD/budget SEAWALL_BUDGET=3 SEAWALL_EVENTS=$PWD/events SEAWALL_RUN=r
: >"$BUDGET_FILE"
rm -f "$SEAWALL_EVENTS"
step_events_take input 00112233445566778899aabbccddeeff
[ "$(wc -l <"$BUDGET_FILE")" -le 3 ] || printf 'spent too much\\n'
! grep -v '^{"ts":"2026-01-01T00:00:00Z","run":"r","event":"[a-z]*","level":"[a-z]*".*}$' events 2>>said""",
        st.tuples(
            st.sampled_from(("#7 1.234 ", "", "#7 ")),
            st.sampled_from(("seawall-event: 00112233445566778899aabbccddeeff ", "seawall-event: ", "")),
            st.just('{"ts":"2026-01-01T00:00:00Z","run":"r","event":"attempt","level":"info"'),
            st.sampled_from(("", ',"attempt":', ',"detail":"', ',"source":"https://', ',"wait_s":', ',"verdict":"')),
            st.sampled_from((*ATOMS, *NUMBERS, "2", "elsewhere")), st.sampled_from(("}", '"}', "", ',"exit":0}')),
        ).map("".join),
    ),
}  # fmt: skip


def sourced(lib: Path) -> str:
    """The lines that source the modules."""
    return f'. "{lib}/load.sh"; load {ROOMS}'


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell.name)
def test_hostile_text_is_read_quietly(shell: Shell, kit, tmp_path, reader):
    """No code of the text runs, no shell prints an error, and the reader ends with one of its codes."""
    found = READERS[reader]
    head = f"set -euf\nLOG_NAME=fuzz\nSEAWALL_LIB={kit}/lib\n{sourced(kit / 'lib')}\nSCRATCH=$PWD STATE=''"
    (tmp_path / "script").write_text(f"{head}\n{found.script}\n")

    @FUZZ
    @given(st.lists(found.lines, min_size=1, max_size=40))
    def check(lines: list[str]) -> None:
        (tmp_path / "input").write_text("\n".join(lines))
        result = run([*shell.argv, tmp_path / "script"], cwd=tmp_path, timeout=20)
        assert (result.rc, result.out, result.err) == (0, "", ""), repr(result)
        assert not (tmp_path / "pwned").exists()

    check()
