"""scripts/stage/fetch.sh with real clients: what it makes of odd answers of a server."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.catalogue.faults import Reply
from harness.machine.run import Result
from harness.sites.artifacts import noise
from harness.sites.site import Request, Upstream
from harness.wire.loopback import upstream
from harness.wire.server import serve

Fetch = Callable[..., Result]

BODY = noise(300_000)
SUM = hashlib.sha256(BODY).hexdigest()
GOOD = {"/file": BODY}
CLIENTS = ("curl", "wget", "python", "busybox", "apt")


def only_right(tmp_path: Path) -> bool:
    """Whether the file is complete and correct."""
    return (tmp_path / "out").read_bytes() == BODY


@pytest.mark.parametrize("client", CLIENTS)
def test_status_counts_by_its_number(fetch: Fetch, tools, classes, tmp_path, client):
    """Any refusal of the first source moves to the second one, with each client, whatever its reason phrase is."""
    wanted = {418: "http-4xx-other", 404: "not-found", 599: "http-5xx"}
    for status, name in wanted.items():
        with serve(Upstream("files", lambda _, status=status: Reply(status))) as bad, upstream(GOOD) as good:
            result = fetch(f"{bad.url}/file", f"{good.url}/file", PATH=tools(client))
        # A slow machine probes it, too.
        assert set(good.paths) == {"/file"}, repr(result)
        assert (result.rc, classes()[-2:], only_right(tmp_path)) == (0, [name, ""], True), repr(result)
        (tmp_path / "out").unlink()


def test_file_that_no_source_has_is_missing(fetch: Fetch):
    """A file that every source answers with 404 is code 69; if one of them is down, it is an outage."""
    with upstream({}) as first, upstream({}) as second, upstream({}, "503x*") as down:
        assert fetch(f"{first.url}/file", f"{second.url}/file").rc == 69
        assert second.paths[:1] == ["/file"]
        assert fetch(f"{first.url}/file", f"{down.url}/file", SEAWALL_BUDGET="1").rc == 75


def test_parts_of_two_sources_are_never_mixed_without_a_sum(fetch: Fetch, tmp_path):
    """With --no-sum a broken download starts again at the next source: nothing tells whether its rest fits."""
    with upstream({"/file": b"y" * 300_000}, "ok -> fin@1000x*") as breaking, upstream(GOOD) as good:
        result = fetch(f"{breaking.url}/file", f"{good.url}/file", words=("--no-sum", "--allow-http"))
        assert [entry.headers.get("range") for entry in good.journal] == [None]
    assert (result.rc, only_right(tmp_path)) == (0, True), repr(result)


@pytest.mark.parametrize("client", CLIENTS)
def test_range_that_was_not_wanted_is_no_part_of_the_file(fetch: Fetch, tools, tmp_path, client):
    """A server that answers a resumed download with another range costs one more request, and gives the right file.
    GNU wget refuses such an answer without a message, like a broken connection: an outage, and no file.
    """

    def other_range(request: Request) -> Reply:
        if "range" not in request.headers or request.headers["range"] == "bytes=0-0":
            return Reply(200, (), BODY)
        return Reply(206, (("Content-Range", f"bytes 0-9/{len(BODY)}"),), BODY[:10])

    with upstream(GOOD, "ok -> fin@100000x*") as breaking, serve(Upstream("files", other_range)) as odd:
        result = fetch(f"{breaking.url}/file", f"{odd.url}/file", PATH=tools(client))
    if client == "wget":
        assert (result.rc, (tmp_path / "out").exists()) == (75, False), repr(result)
    else:
        assert (result.rc, only_right(tmp_path)) == (0, True), repr(result)


@pytest.mark.parametrize("form", ["{}", "sha256:{}", "{}  a name", "sha256:{}  x"])
def test_checksum_may_have_its_usual_forms(fetch: Fetch, tmp_path, form: str):
    """Upper case, the prefix of a Dockerfile's `ADD --checksum`, and a line of sha256sum are the same checksum."""
    with upstream(GOOD) as good:
        result = fetch(f"{good.url}/file", words=("--allow-http", "--sha256", form.format(SUM.upper())))
        assert (result.rc, only_right(tmp_path)) == (0, True), repr(result)
        (tmp_path / "out").unlink()
        wrong = fetch(f"{good.url}/file", words=("--allow-http", "--sha256", form.format("0" * 64)))
        assert (wrong.rc, (tmp_path / "out").exists()) == (65, False), repr(wrong)
