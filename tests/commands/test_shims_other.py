"""Tools with limits and attempts only, in a woven step. The fake tools print what the real ones do, and exit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from harness.builds.woven_step import Step

OUTAGE = {
    "cargo": "error: failed to download from `https://h/x`\\n\\nCaused by:\\n"
    "  [7] Could not connect to server (Failed to connect to h port 443: Connection refused)\\n",
    "bundle": 'Net::HTTPServerException: 503 "Service Unavailable"\\n',
    "poetry": "HTTPSConnectionPool(host='h', port=443): Max retries exceeded with url: /x "
    "(Caused by NewConnectionError('Connection refused'))\\n",
    "composer": "curl error 7 while downloading https://h/p: Failed to connect to h port 443: Connection refused\\n",
    "mvn": "Could not transfer artifact a:b:pom:1 from/to central (https://h/): Connection refused\\n",
    "dotnet": "error NU1301: Unable to load the service index for source https://h/index.json.\\n"
    "  Connection refused (h:443)\\n",
    "gem": "ERROR:  Could not find a valid gem 'x' (>= 0), here is why:\\n"
    "  Unable to download data from https://h/ - Connection refused\\n",
    "gradle": "Could not GET 'https://h/a.pom'. Received status code 503 from server: Service Unavailable\\n",
    "dnf": "Error: Failed to download metadata for repo 'x': Cannot download repomd.xml: "
    "Status code: 503 for https://h/r\\n",
}
CALLS = {
    "dnf": ["-y", "install", "epel-release"],
    "mvn": ["-B", "package"],
    "gradle": [":app:build"],
    "dotnet": ["restore"],
    "cargo": ["+1.80", "build"],
}


@pytest.fixture
def fake(step: Step, tmp_path: Path) -> Callable[..., Callable[[], str]]:
    """A tool that writes one line for each run, with its retry variable, prints this text, and fails."""

    def call(name: str, text: str, variable: str = "HOME", code: int = 3) -> Callable[[], str]:
        file = step.bin / name
        file.write_text(
            f"#!/bin/sh\nprintf '%s\\n' \"${{{variable}-}}\" >>{tmp_path}/runs\nprintf '%b' {text!r} >&2\nexit {code}\n"
        )
        file.chmod(0o755)
        return lambda: (tmp_path / "runs").read_text()

    return call


@pytest.mark.parametrize("tool", OUTAGE)
def test_outage_is_repeated_and_ends_as_the_tool(
    step: Step, fake: Callable[..., Callable[[], str]], seen_classes: Callable[[], list[str]], tool: str
):
    """A download that an upstream fails is tried twice; the code is the tool's, the class is in the event."""
    runs = fake(tool, OUTAGE[tool].replace("'", "`"))
    ours = step.call(tool, *CALLS.get(tool, ["install"]))
    assert (ours.rc, runs().count("\n"), len(set(seen_classes()))) == (3, 2, 1), repr(ours)
    assert seen_classes()[0] in ("http-5xx", "connection-refused", "dns", "connection-reset", "timeout"), seen_classes()


@pytest.mark.parametrize(
    "line",
    [
        "cargo publish",
        "cargo run",
        "cargo --version",
        "cargo test",
        "cargo",
        "gradle build publishToMavenCentral",
        "mvn clean package deploy",
        "mvn spring-boot:run",
        "dnf search x",
        "poetry run build",
        "dotnet nuget push x",
    ],
)
def test_call_that_is_not_safe_runs_once(step: Step, fake: Callable[..., Callable[[], str]], line: str):
    """What publishes or runs something is the tool's own call."""
    tool, *words = line.split()
    runs = fake(tool, OUTAGE["cargo"].replace("'", "`"))
    assert step.call(tool, *words).rc == 3
    assert (runs().count("\n"), step.told()) == (1, "")


def test_own_mistake_runs_once(
    step: Step, fake: Callable[..., Callable[[], str]], seen_classes: Callable[[], list[str]]
):
    """A compile error is not repeated."""
    runs = fake("cargo", "error[E0425]: cannot find value `x` in this scope\\n", code=101)
    ours = step.call("cargo", "build")
    assert (ours.rc, runs().count("\n"), seen_classes()) == (101, 1, ["build-command-failed"]), repr(ours)


def test_retries_of_the_tool_are_off_unless_the_user_set_them(step: Step, fake: Callable[..., Callable[[], str]]):
    """One place retries; a variable or a file of the user wins."""
    runs = fake("cargo", "", "CARGO_NET_RETRY", code=0)
    step.call("cargo", "fetch")
    step.call("cargo", "fetch", env={"CARGO_NET_RETRY": "7"})
    (step.home / ".cargo").mkdir()
    (step.home / ".cargo/config.toml").write_text("[net]\nretry = 9\n")
    step.call("cargo", "fetch")
    assert runs() == "0\n7\n\n"


def test_tool_that_the_user_names_is_protected(step: Step, fake: Callable[..., Callable[[], str]]):
    """SEAWALL_WEAVE_TOOLS: any call of the tool is repeated; a tool that is not named is left alone."""
    runs = fake("getter", "curl: (7) Failed to connect to h port 443: Connection refused\\n")
    trampoline = Path(step.place) / "getter"
    trampoline.write_text((Path(step.place) / "npm").read_text())
    trampoline.chmod(0o755)
    assert step.call("getter", "x").rc == 3
    assert runs().count("\n") == 1
    conf = Path(f"{step.place}.conf")
    bare = conf.read_text()
    for number, tools in enumerate(("getter", "getter other", "other getter", "a getter b"), 1):
        conf.write_text(f"{bare}#seawall tools {tools}\n")
        assert step.call("getter", "x").rc == 3
        assert runs().count("\n") == 1 + 2 * number, tools
    conf.write_text(f"{bare}#seawall tools getter-x xgetter\n")
    assert step.call("getter", "x").rc == 3
    assert runs().count("\n") == 10
