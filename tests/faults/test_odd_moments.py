"""Faults that need an action at the right moment: early answers, clocks that jump, locks of other processes."""

from __future__ import annotations

import fcntl
import http.client
import os
import threading
from pathlib import Path

import pytest
from harness.catalogue.schedule import parse
from harness.machine.load import allowed
from harness.machine.run import clean_environment, run
from harness.proofs.clients import go_environment
from harness.sites.artifacts import noise
from harness.sites.file_site import files
from harness.sites.samples import MODULE, sample_of
from harness.sites.site import Rule, Upstream
from harness.wire.journal import Journal
from harness.wire.server import Running, serve

BIG = noise(1 << 24)


@pytest.mark.fault("H22")
def test_early_answer_is_read_during_the_upload(tmp_path):
    """A server that answers 413 early is understood by curl; a client that sends everything first fails."""
    (tmp_path / "big").write_bytes(BIG)
    words = ["curl", "-sS", "--fail", "--max-time", "10", "-H", "Expect:", "-T", str(tmp_path / "big")]

    def put(schedule: str) -> Running:
        return serve(Upstream("host", sample_of("files").site, rules=(Rule(parse(schedule)),)))

    with put("413(early=yes)x*") as lab:
        result = run([*words, f"{lab.url}/64k"], env=clean_environment(tmp_path))
        assert (result.rc, "413" in result.err) == (22, True), repr(result)
        assert result.seconds < allowed(5)

        # The naive client sends the whole upload before it reads the answer.
        naive = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=2)
        with pytest.raises(OSError, match=r"timed out|reset|[Bb]roken pipe"):
            naive.request("PUT", "/64k", BIG)
        naive.close()
    assert [(entry.status, entry.fault) for entry in lab.journal] == [(413, "413(early=yes)")] * 2

    with put("413") as lab:
        control = run([*words, f"{lab.url}/64k"], env=clean_environment(tmp_path))
    assert (control.rc, "413" in control.err) == (22, True), f"INVALID: the control fails\n{control!r}"


NAIVE_LOOP = """
end=$(($(date +%s) + 20))
until curl -sS --fail -o got "$1"; do
	[ "$(date +%s)" -lt "$end" ] || exit 1
	sleep 1
done
"""


@pytest.mark.fault("C3")
def test_clock_that_jumps_between_two_attempts_costs_no_attempt(tmp_path):
    """A clock that jumps by an hour costs curl's retries nothing; a loop with a deadline by `date` gives up."""

    def get(*words: str, jump: str) -> tuple[int, int]:
        """Runs a client whose clock jumps as soon as its first request has failed."""
        clock = tmp_path / "clock"
        clock.write_text("+0\n")
        faked = {
            "LD_PRELOAD": next(str(found) for found in Path("/usr/lib").glob("*/faketime/libfaketime.so.1")),
            "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }  # fmt: skip
        journal = Journal()
        upstream = Upstream("host", files({"/file": b"x"}), rules=(Rule(parse("503x2")),))
        with serve(upstream, journal=journal) as lab:

            def hand() -> None:
                journal.wait_for("the first request", lambda entry: entry.n == 1)
                clock.write_text(f"{jump}\n")

            thread = threading.Thread(target=hand)
            thread.start()
            filled = [word.format(url=f"{lab.url}/file") for word in words]
            result = run(filled, env=clean_environment(tmp_path) | faked, cwd=tmp_path)
            thread.join()
        return result.rc, len(journal)

    curl = ("curl", "-sS", "--fail", "--retry", "4", "--retry-delay", "1", "-o", "got", "{url}")
    naive = ("sh", "-c", NAIVE_LOOP, "naive", "{url}")
    assert get(*naive, jump="+0") == (0, 3), "INVALID: the control fails"
    assert get(*naive, jump="+3600") == (1, 2) or get(*naive, jump="+3600")[0] == 1, (
        "INVALID: the naive client is whole"
    )
    assert get(*curl, jump="+3600") == (0, 3)
    assert get(*curl, jump="-3600") == (0, 3)


@pytest.mark.fault("R10")
def test_locked_module_cache_is_waited_for(tmp_path):
    """While another process holds the lock of a module, go waits and then succeeds."""
    cache = tmp_path / "go/pkg/mod/cache"
    cache.mkdir(parents=True)
    found = sample_of("go")
    with serve(Upstream("host", found.site, found.classes)) as lab:
        env = go_environment(tmp_path, lab.url)
        words = ["go", "mod", "download", f"{MODULE.path}@{MODULE.version}"]
        folder = cache / "download" / MODULE.path / "@v"
        folder.mkdir(parents=True)
        with (folder / f"{MODULE.version}.lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            naive = run(["flock", "--nonblock", held.name, *words], env=env, cwd=tmp_path)
            assert naive.rc == 1, f"INVALID: nobody held the lock\n{naive!r}"

            def hand() -> None:
                while "-> FLOCK" not in Path("/proc/locks").read_text():
                    os.sched_yield()
                fcntl.flock(held, fcntl.LOCK_UN)

            thread = threading.Thread(target=hand)
            thread.start()
            result = run(words, env=env, cwd=tmp_path)
            thread.join()
    assert result.rc == 0, repr(result)
    assert (folder / f"{MODULE.version}.zip").read_bytes() == found.body
