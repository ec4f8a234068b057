"""Builders that have lost data of their cache, as a crash or a restored disk leaves them: the build passes anyway."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex

import pytest
from harness.machine.run import Result, run

OUTPUT = ("--output", "type=cacheonly")
AGAIN = {
    "step": ("Active", True, "FROM HOST/team/hello:1\nCOPY mark /mark\nCOPY mark /again\n"),
    "image layer": ("", True, "FROM HOST/team/hello:1\nCOPY mark /again\n"),
    "Dockerfile": ("Active", False, "FROM HOST/team/hello:1\nCOPY mark /mark\n"),
}
"""What is lost: snapshots of this kind, with a layer of an image below or not; and the Dockerfile of the next build."""


def snapshots(env: Mapping[str, str], *words: str) -> Result:
    """Asks the containerd of a private engine about its snapshots."""
    socket = Path(env.get("DOCKER_HOST", "").removeprefix("unix://")).parent / "exec/containerd/containerd.sock"
    if not socket.exists():
        pytest.skip("wanted the containerd of a private engine, to remove a snapshot; saw another engine")
    return run(["ctr", "--address", str(socket), "--namespace", "moby", "snapshots", *words], env=env)


def rows(env: Mapping[str, str]) -> dict[str, list[str]]:
    """Key, parent (if there is one) and kind of each snapshot."""
    return {row[0]: row for row in map(str.split, snapshots(env, "list").out.splitlines()[1:])}


@pytest.mark.parametrize("lost", AGAIN)
def test_second_attempt_does_without_the_lost_data(builder, engine, registry, context, tmp_path, lost):
    """The plain build fails for ever; the kit builds in its second attempt, and keeps the rest of the cache."""
    kind, on_image, dockerfile = AGAIN[lost]
    own, before = registry(), rows(engine.env)
    # BuildKit gives the context of any folder of the same name the same snapshot.
    folder = context(own.host).rename(tmp_path / token_hex(8))
    assert builder.plain(*OUTPUT, folder).rc == 0
    new = [row for key, row in rows(engine.env).items() if key not in before]
    # A snapshot with children cannot be removed, so those with a parent go first.
    for row in sorted(new, key=len, reverse=True):
        layer = len(row) == 3 or row[-1] == "Committed"
        if layer is on_image and kind in ("", row[-1]):
            assert snapshots(engine.env, "remove", row[0]).rc == 0
    (folder / "Dockerfile").write_text(dockerfile.replace("HOST", own.host))
    plain = builder.plain(*OUTPUT, folder)
    assert (plain.rc, "snapshot" in plain.err) == (1, True), repr(plain)
    result = builder.ours(*OUTPUT, folder)
    attempts = [(event["class"], event["verdict"]) for event in builder.events("attempt")]
    assert (result.rc, attempts) == (0, [("cache-import", "at-once"), ("", "done")]), repr(result)
