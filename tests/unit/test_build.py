"""scripts/lib/host/build.sh: the failing step is what is classified; secrets and proxies travel unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

BUILD = """
for module in log exit clock json events attempt classify trust ladder host/build; do . "$LIB/$module.sh"; done
LOG_NAME=build SEAWALL_BUDGET=10 SEAWALL_RUN=r1
LADDER_DEADLINE=$(($(clock_now) + 60))
ladder__wait() { :; }
"""
FAILS = """#5 [go-deps 4/4] RUN make
#5 0.1 connection refused, trying again
#5 0.9 ok
#6 [x 1/1] RUN false
#6 ERROR: process "/bin/sh -c false" did not complete successfully: exit code: 1
------
 > [x 1/1] RUN false:
0.100 undefined: helo
------
ERROR: failed to build: failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1
"""


@pytest.fixture
def world(tmp_path):
    """A fake docker that prints the file LOG and fails while the file FAILURES has lines."""
    fake = tmp_path / "bin" / "docker"
    fake.parent.mkdir()
    fake.write_text(
        "#!/bin/sh\n# fake: fails as often as the file says\n"
        'printf "%s\\n" "$*" >>"$ASKED"\ncat "$LOG"\n'
        '[ -s "$FAILURES" ] || exit 0\nsed -i 1d "$FAILURES"\nexit 1\n'
    )
    fake.chmod(0o755)
    (tmp_path / "scratch").mkdir()
    (tmp_path / "log").write_text(FAILS)
    return {
        "PATH": f"{fake.parent}:/usr/local/bin:/usr/bin:/bin",
        "SCRATCH": str(tmp_path / "scratch"),
        "BUILD_LOG": str(tmp_path / "build.log"),
        "SEAWALL_EVENTS": str(tmp_path / "events"),
        "ASKED": str(tmp_path / "asked"),
        "LOG": str(tmp_path / "log"),
        "FAILURES": str(tmp_path / "failures"),
    }


def test_permanent_failure_is_one_attempt(sh, world):
    Path(world["FAILURES"]).write_text("1\n2\n3\n")
    result = sh(BUILD + 'build_image 3 name/tag . || printf "%s %s\\n" "$?" "$LADDER_CLASS"', env=world)
    assert len(Path(world["ASKED"]).read_text().splitlines()) == 1
    assert result.out == "1 build-command-failed\n"
    text = (Path(world["SCRATCH"]) / "failing-step").read_text()
    assert "undefined: helo" in text
    assert "connection refused" not in text


def test_transient_failure_is_tried_again_and_passes(sh, world):
    Path(world["FAILURES"]).write_text("1\n")
    Path(world["LOG"]).write_text(FAILS.replace("undefined: helo", "dial tcp 192.0.2.1:443: i/o timeout"))
    result = sh(BUILD + 'build_image 3 name/tag . && printf "%s\\n" "$LADDER_ATTEMPT"', env=world)
    assert result.out == "2\n", repr(result)
    assert len(Path(world["ASKED"]).read_text().splitlines()) == 2


def test_same_failure_twice_ends_it(sh, world):
    Path(world["FAILURES"]).write_text("1\n2\n3\n")
    Path(world["LOG"]).write_text(FAILS.replace("undefined: helo", "dial tcp 192.0.2.1:443: i/o timeout"))
    result = sh(BUILD + 'build_image 3 name/tag . || printf "%s\\n" "$?"', env=world)
    assert result.out == "75\n", repr(result)
    assert len(Path(world["ASKED"]).read_text().splitlines()) == 2


def test_all_output_is_kept_and_steps_events_are_gathered(sh, world):
    event = '{"ts":"2026-01-01T00:00:00Z","run":"r1","event":"wait","level":"info","wait_s":1}'
    Path(world["LOG"]).write_text(f"#7 1.234 seawall-event: {event}\n")
    sh(BUILD + "build_image 1 name/tag .", env=world)
    assert event in Path(world["SEAWALL_EVENTS"]).read_text()
    assert "seawall-event" in Path(world["BUILD_LOG"]).read_text()


def test_settings_certificates_and_proxies_are_secrets_or_names(sh, world, tmp_path):
    conf = tmp_path / "my.conf"
    conf.write_text("")
    env = world | {"SEAWALL_CONF": str(conf), "BUILD_TRUST": "/ca.pem", "HTTPS_PROXY": "http://user:secret@proxy:1"}
    result = sh(BUILD + "build_secrets", env=env)
    secrets = ["--secret", f"id=seawall.conf,src={conf}", "--secret", "id=seawall.ca,src=/ca.pem"]
    assert result.out.splitlines() == [*secrets, "--build-arg", "HTTPS_PROXY"]
