"""Healthy calls of docker and buildx: through the plugin they end, print and leave the same as without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex

import pytest
from differential.calls import BUILDS, Call
from harness.builds.builder import Builder, config_with_plugin
from harness.builds.twins import Outcome, run_twin, uncached
from harness.machine.programs import BUSYBOX, root_with_busybox
from harness.machine.run import run
from harness.sites.artifacts import tar_archive
from harness.wire.loopback import upstream

SAYS = r"docker-build: (error: |warn: builder |warn: Dockerfile: line \d+: wanted |info: (stdin is an|the context is) )"
"""What the kit adds: the class of a failure and what to do, and what of a build it cannot read."""
CALL_IS_WRONG, NOT_THERE = 64, 69
CODES = {
    "builder-unknown": (1, CALL_IS_WRONG),
    "remote-missing": (1, NOT_THERE),
    **dict.fromkeys(
        ("unknown-flag", "unknown-flag-short", "flag-without-value", "wrong-number", "wrong-bool"), (125, CALL_IS_WRONG)
    ),
}
"""Calls that fail: buildx's exit code, and the one that the kit documents for a wrong call or a missing file."""
MOMENTS = ("no-cache", "attest")
"""Images that hold the moment of their build, so two plain builds differ, too: only their names are compared."""
LOCAL_BASE = ("context-folder", "context-tag", "context-long")
"""BuildKit runs the steps on a base from a local folder again for each new client."""

FILES = {
    "Dockerfile": f"""\
ARG BASE=HOST/team/hello:1
FROM $BASE AS base
FROM scratch AS tools
COPY root /
FROM tools AS work
ARG V=1
ENV V=$V
COPY app /app
RUN ["{BUSYBOX}", "sh", "-c", "echo \\"$V\\" >/v"]
FROM work AS fails
RUN ["{BUSYBOX}", "sh", "-c", "echo no >&2; exit 7"]
FROM work AS secret
RUN --mount=type=secret,id=t ["{BUSYBOX}", "cp", "/run/secrets/t", "/copy"]
FROM base AS final
COPY --from=work /v /v
COPY --from=HOST/team/hello:1 / /other
""",
    "Other.Dockerfile": f'FROM scratch AS work\nCOPY root /\nCOPY . /all\nRUN ["{BUSYBOX}", "true"]\n',
    "Named.Dockerfile": "FROM base\nCOPY app /app\n",
    "Lint.Dockerfile": "from scratch\nMAINTAINER x\nCOPY app /app\n",
    "Bad.Dockerfile": "FROM scratch\nCOPPY app /app\n",
    "Empty.Dockerfile": "",
    "Missing.Dockerfile": "FROM scratch\nCOPY none /\n",
    "Heredoc.Dockerfile": "FROM scratch\nCOPY <<'A' <<-\"B\" /\nFROM not:an-image\nA\n\tsecond\n\tB\n",
    "Add.Dockerfile": "FROM scratch\nARG URL\nADD $URL /file\n",
    ".dockerignore": "out\nsecret.txt\n",
    "app": "program\n",
    "secret.txt": "one\ntwo\n\nno line end",
    "sub dir/Dockerfile": "FROM scratch\nCOPY file /\n",
    "sub dir/file": "text\n",
    "docker-bake.hcl": """\
group "default" { targets = ["one", "two"] }
target "one" { args = { V = "4" } }
target "two" { dockerfile = "Other.Dockerfile" }
target "bad" { target = "fails" }
""",
    "compose.yaml": "services:\n  web:\n    build:\n      context: .\n      dockerfile: Other.Dockerfile\n",
}


SERVED = {
    "/file": b"a file\n",
    "/Dockerfile": b"FROM scratch\nLABEL a=b\n",
    "/context.tar": tar_archive({"Dockerfile": b"FROM scratch\nCOPY app /\n", "app": b"remote\n"}),
}


@dataclass(frozen=True)
class Twins:
    """Runs calls plainly and through the kit."""

    folder: Path
    env: Mapping[str, str]
    name: str

    def config(self, which: str) -> str:
        """The docker configuration of a contestant."""
        return str(self.folder / which / "docker")

    def call(self, which: str, script: str) -> Outcome:
        """Runs the script in a copy of the project; `which` is plain or kit."""
        env = self.env | {"DOCKER_CONFIG": self.config(which)}
        return run_twin(self.folder / "project", self.folder / "copies" / which, script, env, SAYS, self.name)


@pytest.fixture
def twins(builder: Builder, registry, tmp_path) -> Iterator[Twins]:
    """A healthy registry, a project, and two docker configurations: with the plugin of the kit and without."""
    (project := tmp_path / "project" / "x").parent.mkdir()
    own = registry()
    root_with_busybox(project.parent / "root")
    for name, text in FILES.items():
        (file := project.parent / name).parent.mkdir(exist_ok=True)
        file.write_text(text.replace("HOST", own.host))
    for which in ("plain", "kit"):
        config_with_plugin(builder.env, tmp_path / which / "docker")
    (tmp_path / "copies").mkdir()
    with upstream(SERVED) as files:
        env = builder.env | {
            "SEAWALL_STATE": str(tmp_path / "state"), "SEAWALL_CONF": "/dev/null", "SEAWALL_REGISTRY_MIRRORS": "none",
            "SEAWALL_EVENTS": str(tmp_path / "events.jsonl"), "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
            "NAME": f"twin-{token_hex(4)}", "HOST": own.host, "FILES": files.host,
        }  # fmt: skip
        result = run([builder.kit / "install-plugin.sh"], env=env | {"DOCKER_CONFIG": str(tmp_path / "kit" / "docker")})
        assert result.rc == 0, repr(result)
        yield Twins(tmp_path, env, env["NAME"])


def has_events(twins: Twins) -> bool:
    """Whether the kit took part in a build."""
    return (twins.folder / "events.jsonl").exists()


@pytest.mark.parametrize(
    "call", [pytest.param(call, id=call.name, marks=() if call.default else pytest.mark.long) for call in BUILDS]
)
def test_call_through_the_kit_equals_the_plain_call(twins, call: Call):
    """Exit code, stdout, steps, messages, files and images are equal; the kit finds the cache of the plain build."""
    plain = twins.call("plain", call.script)
    assert not has_events(twins), f"INVALID: the kit took part in the plain call\n{plain.raw!r}"
    kit = twins.call("kit", call.script)
    if call.name in CODES:
        assert (plain.code, kit.code) == CODES[call.name], f"{plain.raw!r}\n{kit.raw!r}"
        kit = replace(kit, code=plain.code)
    if call.name in MOMENTS:
        plain, kit = (replace(one, images=dict.fromkeys(one.images, "")) for one in (plain, kit))
    if "bake" in call.script:
        # Targets of one call share steps in another order each time.
        plain, kit = replace(plain, steps=frozenset()), replace(kit, steps=frozenset())
    assert kit == plain, f"{plain.raw!r}\n{kit.raw!r}"
    if "no-cache" not in call.script and call.name not in LOCAL_BASE:
        assert uncached(kit.raw.err) <= {step for step in uncached(kit.raw.err) if kit.code}, repr(kit.raw)


def test_table_has_a_call_for_every_kind():
    """At least 150 calls, some of which run by default; names are not used twice."""
    assert len(BUILDS) >= 150
    assert len({call.name for call in BUILDS}) == len(BUILDS)
    assert 20 <= len([call for call in BUILDS if call.default]) <= 40
