"""npm in a woven step: real npm beside the shim, while its registries fail."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp

import pytest
from harness.builds.woven_step import Step
from harness.catalogue.schedule import parse
from harness.machine.run import Result, clean_environment, run
from harness.machine.shells import Shell
from harness.sites.artifacts import NodePackage
from harness.sites.npm_site import CLASSES, npm
from harness.sites.site import Rule, Upstream
from harness.wire.server import Running, serve

Host = Callable[..., Running]
HELLO = NodePackage("hello")
WORDS = ["npm", "ci", "--no-audit", "--no-fund"]
FAULTS = [
    ("503x*", "packument", "http-5xx"), ("stall x*", "packument", "timeout"), ("stall@30 x*", "tarball", "timeout"),
    ("flip@40 x*", "tarball", "integrity"), ("rst x*", "packument", "connection-reset"),
]  # fmt: skip
SCRIPTS = Path(__file__).resolve().parents[2] / "scripts/lib/shims"


@pytest.fixture
def host() -> Iterator[Host]:
    """Serves a registry; `fault` is a schedule for the requests of a path class."""
    with ExitStack() as stack:

        def call(fault: str = "ok", path_class: str = "packument|tarball", package: NodePackage = HELLO) -> Running:
            rules = (Rule(parse(fault), path_class=path_class),)
            return stack.enter_context(serve(Upstream("npm", npm([package]), CLASSES, rules)))

        yield call


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """A project that needs the package; with a lock file that has its integrity, and perhaps its URL."""

    def call(*, lock: bool = True, resolved: str = "") -> Path:
        folder = Path(mkdtemp(dir=tmp_path))
        about = {"name": "app", "version": "1.0.0", "dependencies": {"hello": "1.0.0"}}
        (folder / "package.json").write_text(json.dumps(about))
        entry = {"version": "1.0.0", "integrity": HELLO.integrity} | ({"resolved": resolved} if resolved else {})
        packages = {"": about, "node_modules/hello": entry}
        if lock:
            text = json.dumps(
                {"name": "app", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": packages}
            )
            (folder / "package-lock.json").write_text(text)
        return folder

    return call


def asked(host: Running) -> int:
    """How many requests for packages the registry saw; npm also looks for a newer npm."""
    return sum("hello" in path for path in host.paths)


def plain(step: Step, folder: Path, registry: Running, *words: str) -> Result:
    """Npm without the kit, with this registry, at most a second for each request."""
    env = clean_environment(step.home) | {"npm_config_registry": f"{registry.url}/", "npm_config_fetch_retries": "0"}
    return run(["npm", *(words or WORDS[1:]), "--fetch-timeout=1000"], cwd=folder, env=env)


def call(step: Step, shell: Shell, folder: Path, settings: str, *words: str) -> Result:
    """A call in the step with settings of its own, so that several can run side by side."""
    own, kit = folder.parent / f"{folder.name}.conf", folder.parent / f"{folder.name}.kit"
    own.write_text(f"{Path(f'{step.place}.conf').read_text()}{settings}\n")
    kit.write_text(step.kit.read_text().replace(f"{step.place}.conf", str(own)))
    return run([*shell.argv, kit, *words], env=step.environment(shell), cwd=folder)


@pytest.mark.long
def test_healthy_call_is_npm_to_the_byte(step: Step, project: Callable[..., Path], host: Host):
    """The same files, the same output but for the time that it took, the same code."""
    good, ends = host(), []
    step.configure(SEAWALL_NPM_REGISTRIES=f"{good.url}/")
    for words in (["ci"], ["view", "hello", "version"]):
        for env in (clean_environment(step.home) | {"npm_config_registry": f"{good.url}/"}, step.environment()):
            folder = project()
            done = run(["npm", *words, "--no-audit", "--no-fund"], cwd=folder, env=env)
            files = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}
            out = re.sub(r"\d+m?s\b", "", done.out.replace(str(folder), ""))
            ends.append((done.rc, out, done.err.replace(str(folder), ""), files))
        assert ends[-1] == ends[-2], words


def test_next_registry_serves_the_package(
    step: Step, project: Callable[..., Path], host: Host, together: Callable[..., None]
):
    """A registry is down, silent or serves wrong bytes: plain npm fails; the next one has the package."""

    def check(case: tuple[str, str, str], shell: Shell) -> None:
        fault, path_class, seen = case
        bad, good = host(fault, path_class), host()
        assert plain(step, project(), bad).rc != 0
        before, folder = asked(bad), project()
        ours = call(step, shell, folder, f"SEAWALL_NPM_REGISTRIES={bad.url}/ {good.url}/\nSEAWALL_STALL=1", *WORDS)
        assert asked(bad) > before
        assert asked(good) >= 1
        assert ours.rc == 0, repr(ours)
        assert (folder / "node_modules/hello/index.js").read_text() == HELLO.source
        assert f"/: {seen}" in ours.err, repr(ours)

    together(check, FAULTS)


def test_empty_registry_of_the_step_is_none(
    step: Step, project: Callable[..., Path], host: Host, together: Callable[..., None]
):
    """BuildKit makes an empty variable of a secret that it was not given: the next registry is used all the same."""

    def check(name: str, shell: Shell) -> None:
        bad, good, folder = host("503x*"), host(), project()
        step.configure(SEAWALL_NPM_REGISTRIES=f"{bad.url}/ {good.url}/")
        ours = step.call(*WORDS, cwd=folder, shell=shell, env={name: ""})
        assert (ours.rc, asked(good) > 0) == (0, True), repr(ours)
        # One of the user's own stays.
        ours = step.call(*WORDS, cwd=project(), shell=shell, env={name: f"{bad.url}/"})
        assert ours.rc != 0, repr(ours)

    for name in ("npm_config_registry", "NPM_CONFIG_REGISTRY"):
        together(check, [name])


def test_wrong_bytes_everywhere_are_no_success(step: Step, project: Callable[..., Path], host: Host):
    """Every registry serves other bytes than the lock file names: npm's own failure, no package."""
    one, two = host("flip@40 x*", "tarball"), host("flip@40 x*", "tarball")
    folder = project()
    step.configure(SEAWALL_NPM_REGISTRIES=f"{one.url}/ {two.url}/")
    ours = step.call(*WORDS, cwd=folder)
    assert (ours.rc, "EINTEGRITY" in ours.err, (folder / "node_modules/hello").exists()) == (1, True, False), repr(ours)


def test_url_of_the_own_registry_in_a_lock_file_is_replaced(step: Step, project: Callable[..., Path], host: Host):
    """Lock files name the public registry in each URL: npm reads the path from the registry of the attempt."""
    public = run(["npm", "config", "get", "registry"], env=clean_environment(step.home)).out.strip()
    good = host()
    folder = project(resolved=f"{public}hello/-/hello-1.0.0.tgz")
    step.configure(SEAWALL_NPM_REGISTRIES=f"{good.url}/")
    ours = step.call(*WORDS, cwd=folder)
    assert (ours.rc, "/hello/-/hello-1.0.0.tgz" in good.paths) == (0, True), repr(ours)


def test_packages_without_a_pin_come_from_the_first_registry(
    step: Step, project: Callable[..., Path], host: Host, together: Callable[..., None]
):
    """Nothing verifies a package without lock file or version, so no other registry is asked, and the kit says why."""

    def check(case: tuple[list[str], bool, bool], shell: Shell) -> None:
        words, lock, next_is_asked = case
        bad, good = host("503x*"), host()
        settings = f"SEAWALL_NPM_REGISTRIES={bad.url}/ {good.url}/\nSEAWALL_BUDGET=1"
        ours = call(step, shell, project(lock=lock), settings, "npm", *words, "--no-audit")
        assert (ours.rc == 0, bool(asked(good))) == (next_is_asked, next_is_asked), repr(ours)
        assert ("only the first registry" in ours.err) is not next_is_asked

    own, named, exact = ["install"], ["install", "hello"], ["install", "hello@1.0.0"]
    together(check, [(own, False, False), (named, True, False), (exact, False, True), (own, True, True)])


def test_registry_of_the_user_wins(step: Step, project: Callable[..., Path], host: Host, together: Callable[..., None]):
    """A registry, a scope or a login in .npmrc: the kit's list is not used."""

    def check(line: str, shell: Shell) -> None:
        own, other = host("503x*"), host()
        folder = project()
        (folder / ".npmrc").write_text(f"{line}{own.url}/\nproxy={own.url}\nhttps-proxy={own.url}\n")
        settings = f"SEAWALL_NPM_REGISTRIES={other.url}/\nSEAWALL_BUDGET=0"
        assert call(step, shell, folder, settings, *WORDS).rc == 1
        assert not asked(other)

    together(check, ["registry=", "@team:registry=", "//host/:_authToken=x\nproxy="])


@pytest.mark.long
def test_retries_of_the_user_win(step: Step, project: Callable[..., Path], host: Host):
    """One place retries: npm asks once in an attempt, unless the user has set fetch-retries."""
    down = host("503x*", "packument")
    step.configure(SEAWALL_NPM_REGISTRIES=f"{down.url}/", SEAWALL_BUDGET="0")
    assert step.call(*WORDS, cwd=project()).rc == 1
    assert asked(down) == 1
    folder = project()
    (folder / ".npmrc").write_text("fetch-retries=2\nfetch-retry-mintimeout=10\n")
    assert step.call(*WORDS, cwd=folder).rc == 1
    assert asked(down) == 4


def test_program_that_npx_runs_is_run_once(step: Step, project: Callable[..., Path], tmp_path: Path):
    """A program of the project that fails like an outage has run: it is not repeated."""
    folder = project()
    (folder / "node_modules/.bin").mkdir(parents=True)
    program = folder / "node_modules/.bin/made"
    program.write_text(
        f"#!/bin/sh\nprintf 'x\\n' >>{tmp_path}/runs\nprintf 'connect ECONNREFUSED 1.2.3.4:5\\n' >&2\nexit 3\n"
    )
    program.chmod(0o755)
    ours = step.call("npx", "made", cwd=folder)
    assert (ours.rc, (tmp_path / "runs").read_text()) == (3, "x\n"), repr(ours)


def test_fast_path_knows_every_verb():
    """The head of the kit lets every command pass that the shim protects."""
    text = (SCRIPTS / "npm-call.sh").read_text()
    verbs = " ".join(re.findall(r"^NPM_CALL_(?:VERBS|RUNNERS)='([^']*)'", text, re.M)).split()
    fast = re.search(r"npm \| pnpm\) words='([^']*)'", (SCRIPTS / "fast.sh").read_text())
    assert fast
    assert sorted(fast[1].split()) == sorted(verbs)
