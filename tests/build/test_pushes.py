"""Pushes that fail, stall or are lost: only the push is repeated, and only missing layers are sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import pytest
from harness.builds.bakery import Bakery
from harness.catalogue.faults import HTML, Reply
from harness.machine.programs import BUSYBOX, root_with_busybox
from harness.sites.push_site import Target, context_of_layers
from harness.sites.registry_site import Registry
from harness.sites.site import Request
from harness.wire.loopback import refusing
from harness.wire.server import Running

DOCKERFILE = "FROM scratch\nCOPY mark /\n"
LAYERS = 20
LAYER_BYTES = 100_000
SENT_AGAIN_AT_MOST = 0.2
"""Share of all bytes, for a push that breaks at 90 %."""

REFUSALS = {
    "401 DENIED Your authorization token has expired. Reauthenticate and try again.": 77, "403 page of a firewall": 77,
    "404 page without a repository": 69,
}  # fmt: skip
MORE_REFUSALS = {
    "403 DENIED User: ci is not authorized to perform: ecr:PutImage": 77, "401 UNAUTHORIZED The token expired": 77,
    "405 page of a mirror": 1, "413 page of a proxy": 1,
}  # fmt: skip


@pytest.fixture
def layers(tmp_path: Path) -> Path:
    """A context with many layers that are new to every engine."""
    return context_of_layers(tmp_path / "layers", LAYERS, LAYER_BYTES)


def tag(lab: Running) -> str:
    """The name under which an image is pushed to this registry."""
    return f"{lab.host}/team/app:1"


def puts(lab: Running) -> int:
    """How often a manifest was pushed under the tag."""
    return len([entry for entry in lab.journal if entry.method == "PUT" and entry.path.endswith("/manifests/1")])


def attempts(builder) -> list[object]:
    """The class of each attempt."""
    return [event["class"] for event in builder.events("attempt")]


def test_push_that_breaks_late_sends_only_missing_layers(builder, registry: Callable[..., Running], layers):
    """A push that breaks at 90 % is retried and sends little more than the missing layers."""
    site = Target(cut_at=round(LAYERS * 0.9))
    lab = registry(site)
    result = builder.ours("--push", "--provenance=false", "--tag", tag(lab), layers)
    again = sum(site.received.values()) - LAYERS * LAYER_BYTES
    assert again <= SENT_AGAIN_AT_MOST * LAYERS * LAYER_BYTES * 1.1, site.received
    assert puts(lab) == 1, lab.journal.table()
    assert (result.rc, attempts(builder)) == (0, ["push", ""]), repr(result)
    assert site.get_manifest(Request("GET", "/v2/team/app/manifests/1"), "team/app", "1").status == 200


def test_retried_push_runs_no_step_again(builder, registry, tmp_path):
    """The second attempt of a broken push takes every step from the cache."""
    lab = registry(Target(cut_at=1))
    folder = tmp_path / "context"
    root_with_busybox(folder / "root")
    last = f"{BUSYBOX} cat /proc/sys/kernel/random/uuid >/id"
    (folder / "Dockerfile").write_text(f'FROM scratch\nCOPY root /\nRUN ["{BUSYBOX}", "sh", "-c", "{last}"]\n')
    result = builder.ours("--no-cache", "--push", "--tag", tag(lab), folder)
    assert puts(lab) == 1, lab.journal.table()
    assert (result.rc, attempts(builder)) == (0, ["push", ""]), repr(result)
    assert "no step runs again" in result.err
    second = result.err.partition("no step runs again")[2]
    assert second.count("CACHED") == 2, repr(result)


def test_manifest_that_the_registry_lost_is_pushed_again(builder, registry, context):
    """A registry that accepts a manifest and loses it gets it a second time; plain buildx reports success."""
    lab = registry(Target(forgets=1))
    assert builder.plain("--push", "--tag", tag(registry(Target(forgets=1))), context("", DOCKERFILE)).rc == 0
    result = builder.ours("--push", "--tag", tag(lab), context("", DOCKERFILE))
    assert puts(lab) == 2, lab.journal.table()
    assert (result.rc, attempts(builder)) == (0, ["push", ""]), repr(result)
    assert f"the registry accepted {tag(lab)} and does not serve it" in result.err


def test_registry_that_loses_everything_is_an_outage(builder, registry, context):
    """A registry that loses every manifest is an outage, code 75, not a success."""
    lab = registry(Target(forgets=100))
    result = builder.ours("--push", "--tag", tag(lab), context("", DOCKERFILE))
    assert puts(lab) == len(attempts(builder)) >= 2, lab.journal.table()
    assert (result.rc, set(attempts(builder))) == (75, {"push"}), repr(result)


def test_dead_push_target_does_not_block_the_others(builder, registry, context):
    """If one of two push targets is unreachable, the other one gets its image, and the message names the failed one."""
    lab = registry(Target())
    with refusing() as url:
        dead = f"{url.removeprefix('http://')}/team/app:1"
        words = ("--push", "--tag", dead, "--tag", tag(lab), context("", DOCKERFILE))
        assert (builder.plain(*words).rc, puts(lab)) == (1, 0)
        result = builder.ours(*words)
    assert (result.rc, puts(lab) > 0) == (75, True), repr(result)
    assert f"failed to push {dead}" in result.err


def test_stalled_push_is_retried(builder, registry, context):
    """An upload that stalls is stopped and retried."""
    lab = registry(Target(), upload="stall x1")
    result = builder.ours("--push", "--tag", tag(lab), context("", DOCKERFILE), SEAWALL_SILENCE="4")
    assert "stall" in {entry.ending for entry in lab.journal if entry.path_class == "upload"}, lab.journal.table()
    assert puts(lab) == 1, lab.journal.table()
    assert (result.rc, attempts(builder)) == (0, ["timeout", ""]), repr(result)


@pytest.mark.parametrize("status", ["401", "403"])
def test_refused_login_of_a_push_is_final(builder, registry, context, status):
    """A push that the registry forbids is one attempt with code 77."""
    lab = registry(Target(), upload=f"{status}x*")
    result = builder.ours("--push", "--tag", tag(lab), context("", DOCKERFILE))
    assert {entry.status for entry in lab.journal if entry.path_class == "upload"} == {int(status)}
    assert puts(lab) == 0, lab.journal.table()
    assert (result.rc, attempts(builder)) == (77, ["auth"]), repr(result)


@pytest.mark.parametrize(
    "error", [*REFUSALS, *(pytest.param(error, marks=pytest.mark.long) for error in MORE_REFUSALS)]
)
def test_refused_push_is_not_repeated(builder, registry, context, error):
    """Plain buildx fails; the kit does not push again either, and an expired login is named with its registry."""
    code = (REFUSALS | MORE_REFUSALS)[error]
    lab = registry(Refusing(error=error))
    words = ("--push", "--tag", tag(lab), context("", DOCKERFILE))
    assert builder.plain(*words).rc == 1
    by_plain = uploads(lab)
    lab.journal.clear()
    result = builder.ours(*words)
    # One for each blob, until one is refused.
    assert 0 < uploads(lab) <= max(by_plain, 4), repr(result)
    assert (result.rc, len(attempts(builder))) == (code, 1), repr(result)
    login = " refused the request: log in with valid credentials"
    last = result.err.splitlines()[-1]
    assert (lab.host in last and login in last) is (code == 77), repr(result)
    assert "only the push is retried" not in result.err


def test_dead_token_service_of_a_push_accuses_no_image(builder, registry, context):
    """The registry of the image stays healthy for the kit, and the push is what is tried again."""
    challenge = (("WWW-Authenticate", 'Bearer realm="https://127.0.0.1:1/token",service="lab"'),)
    own, lab = registry(), registry(Refusing(error="401 DENIED no", headers=challenge))
    result = builder.ours("--attempts", "2", "--", "--push", "--tag", tag(lab), context(own.host))
    assert (result.rc, set(attempts(builder))) == (75, {"connection-refused"}), repr(result)
    assert f"the push to {tag(lab)} failed" in result.err
    assert f"{own.host} failed" not in result.err


@dataclass
class Refusing(Registry):
    """A registry that refuses every upload: `error` is the status, the code (or `page`) and the message."""

    error: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def __call__(self, request: Request) -> Reply:
        """Answers, or refuses."""
        if "/blobs/uploads/" not in request.path:
            return super().__call__(request)
        status, code, message = self.error.split(" ", 2)
        body = HTML if code == "page" else json.dumps({"errors": [{"code": code, "message": message}]}).encode()
        return Reply(
            int(status), (("Content-Type", "text/html" if body == HTML else "application/json"), *self.headers), body
        )


def uploads(lab: Running) -> int:
    """How many uploads were begun."""
    return len([entry for entry in lab.journal if entry.path_class == "upload"])


@pytest.mark.long
def test_retried_push_of_a_bake_runs_no_step_again(builder, registry, tmp_path):
    """One of two targets breaks while it is pushed; the second attempt takes every step from the cache."""
    site = Target(cut_at=1)
    lab, other = registry(site), registry(Target())
    bakery = Bakery(builder, tmp_path / "bakery")
    root_with_busybox(bakery.folder / "root")
    last = f"{BUSYBOX} cat /proc/sys/kernel/random/uuid >/id"
    inline = f'FROM scratch\nCOPY root /\nRUN ["{BUSYBOX}", "sh", "-c", "{last}"]\n'
    tags = {"app": tag(lab), "other": tag(other)}
    more = {"no-cache": True, "dockerfile-inline": inline, "output": ["type=registry"]}
    more["attest"] = ["type=provenance,disabled=true"]
    bakery.write({name: more | {"tags": [where]} for name, where in tags.items()})
    assert bakery.plain("--progress", "plain").rc == 1
    site.cut_at = site.uploads_ended + 1
    result = bakery.ours("--progress", "plain")
    assert puts(lab) == 1, lab.journal.table()
    assert (result.rc, attempts(builder)) == (0, ["push", ""]), repr(result)
    second = result.err.partition("no step runs again")[2]
    assert second.count("CACHED") == 2, repr(result)
    rows = json.loads((builder.folder / "state/report.json").read_text())["targets"]
    assert [(row["target"], row["result"]) for row in rows] == [("app", "built"), ("other", "built")]


@pytest.mark.long
def test_dead_push_target_of_a_bake_does_not_cost_the_others(builder, registry, tmp_path):
    """Three targets, one for a registry that is down: plain bake cancels the other pushes; ours makes them, once."""
    slow, lab = registry(Target(), upload="delay(s=3)x*"), registry(Target())
    bakery = Bakery(builder, tmp_path / "bakery")
    bakery.folder.mkdir()
    (bakery.folder / "mark").write_text(token_hex(8))
    with refusing() as url:
        dead = f"{url.removeprefix('http://')}/team/app:1"
        tags = {"dead": dead, "one": tag(slow), "two": tag(lab)}
        more = {"output": ["type=registry"], "attest": ["type=provenance,disabled=true"]}
        bakery.write(
            {
                name: more | {"dockerfile-inline": f"{DOCKERFILE}LABEL x={name}\n", "tags": [where]}
                for name, where in tags.items()
            }
        )
        plain = bakery.plain("--no-cache")
        assert (plain.rc, puts(slow)) == (1, 0), repr(plain)
        result = bakery.ours("--no-cache")
    assert (puts(slow) > 0, puts(lab) > 0) == (True, True), repr(result)
    assert (result.rc, set(attempts(builder))) == (75, {"push"}), repr(result)
    assert f"failed to push {dead}" in result.err
    assert "target dead failed: push" in result.err
    rows = json.loads((builder.folder / "state/report.json").read_text())["targets"]
    found = {row["target"]: row["result"] for row in rows}
    assert found == {"dead": "failed", "one": "built", "two": "built"}, repr(result)


@pytest.mark.long
def test_manifest_of_a_bake_that_the_registry_lost_is_pushed_again(builder, registry, tmp_path):
    """Each name is looked up with the digest of its own target; only the lost one makes the bake push again."""
    lab, other = registry(Target(forgets=1)), registry(Target())
    bakery = Bakery(builder, tmp_path / "bakery")
    bakery.folder.mkdir()
    (bakery.folder / "mark").write_text(token_hex(8))
    bakery.write(
        {
            name: {"dockerfile-inline": f"{DOCKERFILE}LABEL x={name}\n", "tags": [where], "output": ["type=registry"]}
            for name, where in {"app": tag(lab), "other": tag(other)}.items()
        }
    )
    result = bakery.ours()
    assert puts(lab) == 2, repr(result)
    assert puts(other) > 0, repr(result)
    assert (result.rc, attempts(builder)) == (0, ["push", ""]), repr(result)
    assert f"the registry accepted {tag(lab)} and does not serve it" in result.err
