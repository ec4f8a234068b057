"""Names and values from outside are compared as text: none becomes a program, a pattern or a file of its choice."""

from __future__ import annotations

import json
import os
from pathlib import Path

from harness.machine.run import clean_environment, run

HOSTILE = (
    ".*", "go-builder\tx", "go.builder", "s", "[a-z]*", "go-builder|x", "x/e;touch pwned;#", "$(touch pwned)",
    "`touch pwned`", "", "#", "# name", "name", "../go-builder", "-n", "--", "a\nstatic",
)  # fmt: skip
"""Names that a pattern, an option, a shell or a row of a table would make something of."""

ROWS = """
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder host/machine
load host/registry host/call host/bases host/images host/engine host/upkeep host/job
LOG_NAME=t
services__table() { grep -v '^#' services.tsv; }
for name in "$@"; do
    ! bases_row "$name" || printf 'base: %s\\n' "$name"
    [ -z "$(services_limit "$name")" ] || printf 'service: %s\\n' "$name"
done
bases_row static && printf '%s|%s|%s\\n' "$BASE_SUITE" "$BASE_PACKAGES" "$BASE_FROM"
services_limit app
"""


def test_no_odd_name_is_a_row(sh, tmp_path):
    """The name of a base or a service must equal a name of the table."""
    (tmp_path / "services.tsv").write_text("# name\tkind\tlimit\napp\tstatic\t20\nx\tpython\t30\n")
    result = sh(ROWS, *HOSTILE, cwd=tmp_path)
    assert (result.rc, result.out) == (0, "trixie|-|go-builder\n20\n"), repr(result)
    assert not (tmp_path / "pwned").exists()


REPORT = """
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder host/machine host/registry
load host/call host/bases host/images host/engine host/upkeep host/job
LOG_NAME=t SEAWALL_EVENTS=events.jsonl
for SEAWALL_RUN in "$@"; do run_report__events attempt; done
docker() { printf 'Build Cache %s\\n' "$CACHE"; }
for CACHE in '' 0B 12B 1.234kB 8.05GB 12.5MB 1TB 'x$(touch pwned)'; do run_report__cache_bytes; done
"""


def test_id_of_a_run_is_no_pattern(sh, tmp_path):
    """A report has the events of exactly one run; sizes are computed without generated programs."""
    events = [{"run": name, "event": "attempt"} for name in ("abc", "a.c", "x/e")]
    lines = [json.dumps(event, separators=(",", ":")) for event in events]
    (tmp_path / "events.jsonl").write_text("".join(f"{line}\n" for line in lines))
    result = sh(REPORT, "a.c", ".*", "abc/,$p;#", "x/e", "-v", cwd=tmp_path)
    sizes = ["0", "0", "12", "1234", "8050000000", "12500000", "1000000000000", "0"]
    assert (result.rc, result.out.splitlines()) == (0, [lines[1], lines[2], *sizes]), repr(result)


RESTART = """
. "$SEAWALL_LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/builders
LOG_NAME=t SEAWALL_RUN=r RECOVERY_SECONDS=1
state_use "$STATE_FOLDER" ""
recovery_try "$(($(clock_now) + 60))" no || :
"""
NODES = """#!/bin/sh
case $* in
    'buildx build'*) exit 1 ;;
    'buildx inspect'*)
        printf 'Name: b\\nDriver: docker-container\\n\\nNodes:\\n'
        printf 'Name: %s\\n' 'b0' 'x; touch pwned' '$(touch pwned)' '-f' 'b1 other' '*' 'b.2'
        ;;
    restart*) printf '%s\\n' "$*" >>restarted ;;
esac
"""


def test_names_of_nodes_are_words(sh, tmp_path):
    """Whatever the name of a builder's node is, only the containers that buildx makes are restarted."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "scratch").mkdir()
    (docker := tmp_path / "bin" / "docker").write_text(NODES)
    docker.chmod(0o755)
    env = {
        "SCRATCH": str(tmp_path / "scratch"), "STATE_FOLDER": str(tmp_path / "state"), "BUILDX_BUILDER": "b",
        "PATH": f"{docker.parent}:{os.environ['PATH']}", "SEAWALL_EVENTS": "/dev/null", "DOCKER_HOST": "",
    }  # fmt: skip
    result = sh(RESTART, env=env, cwd=tmp_path)
    assert (tmp_path / "restarted").read_text() == (
        "restart --time 1 buildx_buildkit_b0 buildx_buildkit_-f buildx_buildkit_b.2\n"
    ), repr(result)
    assert not (tmp_path / "pwned").exists()


def test_folder_that_apt_would_read_as_settings_is_refused(sh, tmp_path):
    """A state folder with a quote in its name ends with code 78 and one line, and nothing is written."""
    script = '. "$SEAWALL_LIB/load.sh"; load base attempt host/machine host/bases; LOG_NAME=t; archive_open "$1"'
    for name in ('a"; Evil "x', "a\\", "a;b", "a{b}"):
        result = sh(script, name, cwd=tmp_path)
        assert (result.rc, result.out, result.err.count("\n")) == (78, "", 1), repr(result)
    assert list(tmp_path.iterdir()) == []


EVIDENCE = """
. "$SEAWALL_LIB/load.sh"; load base
LOG_NAME=t
SEAWALL_EVENTS=nowhere/events.jsonl
events_emit wait info wait_s: 1
events_bound 1
SEAWALL_EVENTS=linked
events_bound 1
SEAWALL_EVENTS=events.jsonl
events_bound 1
"""


def test_events_are_written_where_they_belong_or_not_at_all(sh, tmp_path):
    """If events cannot be written, the shell prints nothing; a shortened file stays private and follows no link."""
    for name in ("victim", "events.jsonl"):
        (tmp_path / name).write_text("1\n2\n3\n")
    (tmp_path / "linked").symlink_to("victim")
    result = sh(EVIDENCE, cwd=tmp_path)
    assert (result.rc, result.out, result.err) == (0, "", ""), repr(result)
    assert (tmp_path / "victim").read_text() == "1\n2\n3\n"
    assert (tmp_path / "events.jsonl").read_text() == "3\n"
    assert (tmp_path / "events.jsonl").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.jsonl", "linked", "victim"]


FULL = """
mount -t tmpfs -o size=8k,mode=0755 full "$1"
head -c 8192 /dev/zero >"$1/filler" 2>/dev/null || :
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder host/machine host/registry
load host/call host/bases host/images host/caches host/weave host/builders host/progress host/build
LOG_NAME=t SEAWALL_RUN=r BUILD_REPORT_BEGUN=0 SCRATCH=$2
build_report_begin "$1/report.json"; build_report_write 0
ls "$1"
"""


def test_report_on_a_full_disk_leaves_nothing(kit: Path, tmp_path):
    """A full disk gives one warning, and leaves no partial report."""
    (full := tmp_path / "full").mkdir()
    env = clean_environment(tmp_path) | {"SEAWALL_LIB": str(kit / "lib")}
    result = run(["unshare", "--mount", "dash", "-euc", FULL, "x", full, tmp_path], env=env)
    assert (result.rc, result.out) == (0, "filler\n"), repr(result)
    assert result.err == f"t: warn: the report could not be written to {full}/report.json\n"
