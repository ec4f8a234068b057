"""scripts/docker-bake.sh with real buildx: many targets, one bake, whatever fails."""

from __future__ import annotations

import json
from secrets import token_hex

import pytest
from harness.builds.bakery import Bakery
from harness.builds.builder import asked
from harness.machine.load import allowed

MORE_S = 1
SILENT_S = 8
LAYER_BYTES = 300_000


@pytest.fixture
def bakery(builder, tmp_path) -> Bakery:
    """A folder with random content, in which bakes run."""
    (folder := tmp_path / "bakery").mkdir()
    (folder / "mark").write_text(token_hex(8))
    return Bakery(builder, folder)


def six(host: str, **more: str) -> dict[str, dict[str, object]]:
    """Six targets on one base; each has a layer of its own."""
    return {
        f"t{number}": {"dockerfile-inline": f"FROM {host}/team/hello:1\nCOPY mark /mark-{number}\n", **more}
        for number in range(6)
    }


def test_healthy_bake_is_the_plain_bake(bakery, registry):
    """Groups, a matrix, linked targets, overrides and variables: the same images, metadata, stdout and progress."""
    own, mirror = registry(), registry()
    (bakery.folder / "other").mkdir()
    (bakery.folder / "other" / "File").write_text(
        "ARG BASE\nFROM $BASE AS one\nARG X\nENV X=$X\nCOPY o /\nFROM one\nCOPY o /p\n"
    )
    (bakery.folder / "other" / "o").write_text(token_hex(8))
    (bakery.folder / "docker-bake.hcl").write_text(
        f'variable "X" {{ default = "none" }}\n'
        f'group "default" {{ targets = ["all", "app"] }}\ngroup "all" {{ targets = ["base", "m"] }}\n'
        f'target "base" {{ dockerfile-inline = "FROM {own.host}/team/hello:1\\nCOPY mark /a\\nENV A=$${{X:-\\"1\\"}}"'
        " }\n"
        'target "app" {\n contexts = { parent = "target:base" }\n labels = { "a.b" = "c" }\n'
        ' dockerfile-inline = "FROM parent\\nCOPY mark /b"\n output = ["type=image"]\n}\n'
        'target "m" {\n matrix = { stage = ["one", ""] }\n name = "m-${stage == "" ? "last" : stage}"\n'
        ' context = "other"\n dockerfile = "File"\n target = stage\n'
        f' args = {{ X = X, BASE = "{own.host}/team/hello:1" }}\n}}\n'
    )
    words = ("--metadata-file", "metadata.json", "--set", "*.attest=type=provenance,disabled=true")
    plain = bakery.plain(*words, X="a b")
    assert plain.rc == 0, repr(plain)
    images = bakery.digests()
    mirrors = f"{own.host}={mirror.host}"
    result = bakery.ours(*words, X="a b", SEAWALL_REGISTRY_MIRRORS=mirrors)
    assert max((entry.sent for entry in mirror.journal), default=0) < LAYER_BYTES, mirror.journal.table()
    assert {(event["detail"], event["verdict"]) for event in bakery.builder.events("base")} == {
        (f"{own.host}/team/hello:1", "default")
    }
    assert (result.rc, result.out) == (0, plain.out), repr(result)
    assert len(images) == 4
    assert bakery.digests() == images


def test_dead_registry_of_six_targets_costs_less_than_a_second(bakery, registry):
    """If the registry of the base is dead, the mirror serves it to all targets, and no target is built twice."""
    own, mirror = registry(), registry()
    bakery.write(six(own.host))
    healthy = bakery.ours()
    assert healthy.rc == 0, repr(healthy)
    dead = registry(manifest="503x*")
    bakery.write(six(dead.host))
    assert bakery.plain().rc == 1
    dead.journal.clear()
    result = bakery.ours(SEAWALL_REGISTRY_MIRRORS=f"{dead.host}={mirror.host}")
    assert 1 <= asked(dead) <= 3, dead.journal.table()
    assert asked(mirror, "blob") > 0, mirror.journal.table()
    assert len(bakery.builder.events("attempt")) == 2
    assert result.rc == 0, repr(result)
    assert result.seconds <= allowed(healthy.seconds + MORE_S)
    assert json.loads((bakery.builder.folder / "state" / "report.json").read_text())["bases"] == [
        {
            "image": f"{dead.host}/team/hello:1",
            "source": f"docker-image://{mirror.host}/team/hello:1@{registry_digest(bakery)}",
            "verdict": "unverified tag",
        }
    ]


def registry_digest(bakery) -> str:
    """The digest that the last event names."""
    return str(bakery.builder.events("base")[-1]["source"]).partition("@")[2]


def test_silent_registry_is_left_within_seconds(bakery, registry):
    """A registry that accepts and never answers hangs a plain bake; the mirror serves all targets within seconds."""
    own, mirror = registry(manifest="stallx*"), registry()
    bakery.write(six(own.host))
    result = bakery.ours(SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert asked(mirror, "blob") > 0, mirror.journal.table()
    assert result.rc == 0, repr(result)
    assert result.seconds <= allowed(SILENT_S)


@pytest.mark.long
def test_layer_that_stalls_in_a_target_comes_from_the_mirror(bakery, registry):
    """A layer that stalls ends the attempt; the next one fetches it from the mirror."""
    own, mirror = registry(blob="ok -> stall@100000x*"), registry()
    bakery.write({"app": six(own.host)["t0"], "other": {"dockerfile-inline": "FROM scratch\nCOPY mark /x"}})
    result = bakery.ours("--progress", "rawjson", SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert asked(mirror, "blob") > 0, mirror.journal.table()
    assert (result.rc, [event["class"] for event in bakery.builder.events("attempt")]) == (0, ["timeout", ""]), result


def test_dead_cache_is_left_out_and_permissions_stay(bakery, registry):
    """A dead cache is dropped for its target; a local cache that the call does not allow is still refused."""
    own = registry()
    targets = six(own.host)
    targets["t1"]["cache-from"] = ["type=registry,ref=127.0.0.1:1/team/cache"]
    targets["t1"]["cache-to"] = ["type=registry,ref=127.0.0.1:1/team/cache,mode=max"]
    targets["t2"]["cache-to"] = [f"type=registry,ref={own.host}/team/cache"]
    bakery.write(targets)
    assert bakery.plain().rc == 1
    result = bakery.ours()
    assert result.rc == 0, repr(result)
    assert [(e["detail"], e["verdict"], e["source"]) for e in bakery.builder.events("cache")] == [
        ("import", "degrade", "127.0.0.1:1/team/cache"), ("export", "degrade", "127.0.0.1:1/team/cache"),
        ("export", "default", f"{own.host}/team/cache"),
    ]  # fmt: skip
    (outside := bakery.builder.folder / "outside").mkdir()
    targets["t1"]["cache-from"] = [f"type=local,src={outside}", "type=registry,ref=127.0.0.1:1/team/cache"]
    del targets["t1"]["cache-to"]
    # Of several targets, buildx 0.29 checks one that it picks by chance.
    bakery.write({"t1": targets["t1"]})
    refused = bakery.ours()
    assert (refused.rc, "additional privileges requested" in refused.err) == (1, True), repr(refused)
    assert bakery.ours("--allow", f"fs.read={outside}").rc == 0


def test_overrides_of_the_caller_count(bakery, registry):
    """--set of caches, contexts and arguments: the kit's own overrides replace none of them, and add to none."""
    own, mirror, dead = registry(), registry(), registry(manifest="503x*")
    bakery.write(six("unused.invalid"), name="d.json")
    words = ["-f", "d.json", "--metadata-file", "m", "t0", "t1"]
    for number in range(2):
        words += ["--set", f"t{number}.contexts.unused.invalid/team/hello:1=docker-image://{dead.host}/team/hello:1"]
    words += ["--set", "*.cache-from=type=registry,ref=127.0.0.1:1/x", "--set", "*.cache-to=type=inline"]
    assert bakery.plain(*words).rc == 1
    result = bakery.ours(*words, SEAWALL_REGISTRY_MIRRORS=f"{dead.host}={mirror.host}")
    assert asked(mirror, "blob") > 0, mirror.journal.table()
    assert (result.rc, set(bakery.digests("m"))) == (0, {"t0", "t1"}), repr(result)
    assert asked(own) == 0


@pytest.mark.parametrize(
    "files",
    ["stdin", "compose", *(pytest.param(w, marks=pytest.mark.long) for w in ("default", "named", "environment"))],
)
def test_inline_dockerfile_stays_inline(bakery, registry, files):
    """An inline Dockerfile whose `# syntax=` image is unavailable builds with the built-in frontend, and is inline."""
    own = registry()
    text = (
        f"# syntax=docker/dockerfile:1.7\nFROM {own.host}/team/hello:1\nENV A=${{B:-\"%{{c}}\"}} D='\\'\nCOPY mark /m\n"
    )
    escaped = text.replace("${", "$${").replace("%{", "%%{")
    words, stdin, env = [], "", {}
    if files == "compose":
        folder = bakery.folder
        inline = text.replace("${", "$${").replace("\n", "\n        ")
        (folder / "compose.yaml").write_text(
            f"services:\n  app:\n    build:\n      context: .\n      dockerfile_inline: |\n        {inline}\n"
        )
    else:
        file = bakery.write(
            {"app": {"dockerfile-inline": escaped}}, name="docker-bake.json" if files == "default" else "x"
        )
        if files == "environment":
            env = {"BUILDX_BAKE_FILE": "x"}
        elif files != "default":
            words, stdin = ["-f", "x" if files == "named" else "-"], file.read_text() if files == "stdin" else ""
    assert bakery.plain(*words, stdin=stdin, **env).rc == 1
    result = bakery.ours(*words, "--metadata-file", "m", stdin=stdin, **env)
    assert asked(own, "blob") > 0, own.journal.table()
    assert (result.rc, set(bakery.digests("m"))) == (0, {"app"}), repr(result)
    assert "using the frontend that is built into the builder" in result.err


def test_mistake_in_a_target_is_named_and_not_repeated(bakery, registry):
    """A command that fails in one target: one attempt, the exit code and the words of buildx, and the target's name."""
    targets = six(registry().host)
    targets["t3"] = {"dockerfile-inline": "FROM scratch\nCOPY nothing /x\n"}
    bakery.write(targets)
    plain, ours = bakery.plain(), bakery.ours()
    assert (plain.rc, ours.rc) == (1, 1), repr(ours)
    assert [event["class"] for event in bakery.builder.events("attempt")] == ["dockerfile-syntax"]
    assert "docker-bake: warn: target t3 failed: dockerfile-syntax" in ours.err
    assert "target t3: failed to solve" in ours.err


LEFT = {
    "print": ["--print"], "list": ["--list", "targets"], "call": ["--call", "outline"], "check": ["--check"],
    "help": ["app", "--help"], "unknown": ["--no-such-flag"], "no such target": ["nowhere"], "bad file": ["-f", "mark"],
}  # fmt: skip


QUICK = ("call", "bad file", "no such target")


@pytest.mark.parametrize("call", [pytest.param(c, marks=[] if c in QUICK else pytest.mark.long) for c in LEFT])
def test_call_that_is_not_a_build_is_left_to_buildx(bakery, call):
    """The output and the exit code are those of buildx, byte for byte; the kit says nothing."""
    bakery.write({"app": {"dockerfile-inline": "FROM scratch\n"}})
    plain, ours = bakery.plain(*LEFT[call]), bakery.ours(*LEFT[call])
    assert (ours.rc, ours.out) == (plain.rc, plain.out), repr(ours)
    assert "docker-bake: " not in ours.err
    assert bakery.builder.events("attempt") == []
