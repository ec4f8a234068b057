"""Commands of RUN steps: the requests that they send, the files that they leave in a layer, and where they write."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from harness.catalogue.schedule import parse
from harness.machine.lean_python import lean_bin
from harness.machine.run import Result, clean_environment, run
from harness.sites.artifacts import Module, Release, noise
from harness.sites.go_site import CLASSES as GO_CLASSES
from harness.sites.go_site import goproxy
from harness.sites.pypi_site import CLASSES, pypi
from harness.sites.site import Rule, Upstream
from harness.wire.loopback import upstream
from harness.wire.server import Running, serve

PUBLIC = Module("example.org/public")
MOD = "module example.org/app\n\ngo 1.20\n\n"
OURS = "corp.internal/secret v1.2.3"
BOTH = f"{MOD}require (\n\t{OURS} // indirect\n\texample.org/public v1.0.0\n)\n"
LOCAL = {
    "replace": {"go.mod": f"{BOTH}replace corp.internal/secret => ../secret\n"},
    "block": {"go.mod": f'{BOTH}replace (\n\t// why\n\t"corp.internal/secret" v1.2.3 => ../secret // here\n)\n'},
    "workspace": {"go.mod": BOTH, "go.work": "go 1.20\n\nuse (\n\t.\n\t../secret\n)\n"},
    "workspace replaces": {"go.mod": BOTH, "go.work": "go 1.20\nuse .\nreplace corp.internal/secret => ../secret\n"},
}
"""Files of a module that has `corp.internal/secret` beside it."""
PRIVATE = {
    "GOPRIVATE": {"GOPRIVATE": "corp.internal"},
    "glob": {"GOPRIVATE": "*.internal"},
    "set": {"GONOPROXY": "c[a-o]rp.internal"},
    "GONOSUMDB": {"GONOSUMDB": "corp.internal"},
    "both": {"GOPRIVATE": "team.example", "GONOPROXY": "corp.internal"},
    "file": {"GOENV": "GONOPROXY=corp.internal\nGOPRIVATE=team.example\n"},
    "file and environment": {"GOENV": "GONOPROXY=corp.internal\n", "GOPRIVATE": "team.example"},
}
"""Where go is told that a module is private; GOENV is the text of the file that `go env -w` writes."""


@contextmanager
def go_up() -> Iterator[Running]:
    with serve(Upstream("go", goproxy([PUBLIC]), GO_CLASSES)) as running:
        yield running


def download(
    kit: Path, folder: Path, files: dict[str, str], proxies: str, *, plain: bool = False, **env: str
) -> Result:
    """Runs go-modules.sh, or go itself, in a module of these files, with the private one beside it."""
    app = folder / "app"
    for path in (app, folder / "secret"):
        path.mkdir(exist_ok=True)
    for file in app.iterdir():
        file.unlink()
    for name, text in files.items():
        (app / name).write_text(text)
    (folder / "secret/go.mod").write_text("// ours\nmodule corp.internal/secret // x\n\ngo 1.20\n")
    (folder / "goenv").write_text(env.pop("GOENV", ""))
    own = {"GOSUMDB": "off", "GOTOOLCHAIN": "local", "GOENV": str(folder / "goenv"), "GOFLAGS": "-modcacherw"}
    own |= {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "none", "GOVCS": "*:off", "SEAWALL_BUDGET": "0"}
    settings = clean_environment(folder / "home") | own | env
    if plain:
        return run(["go", "mod", "download"], env=settings | {"GOPROXY": proxies}, cwd=app)
    return run([kit / "stage/go-modules.sh"], env=settings | {"SEAWALL_GO_PROXIES": proxies}, cwd=app)


@pytest.mark.parametrize("files", LOCAL.values(), ids=LOCAL.keys())
def test_module_that_is_kept_local_is_asked_nowhere(kit: Path, tmp_path: Path, files: dict[str, str]) -> None:
    """A module that a replace or a workspace keeps local is requested from no proxy, unless go itself does so."""
    with go_up() as first, go_up() as second:
        download(kit, tmp_path, files, first.url, plain=True)
        asked = list(first.paths)
        first.journal.clear()
        result = download(kit, tmp_path, files, f"{first.url} {second.url}")
        seen = [*first.paths, *second.paths]
    secret = {path for path in seen if "corp.internal" in path}
    assert secret <= set(asked), repr(result)
    assert "go.work" in files or not secret
    assert seen, f"INVALID: no proxy was asked\n{result!r}"


@pytest.mark.parametrize("env", PRIVATE.values(), ids=PRIVATE.keys())
def test_private_module_is_asked_at_no_other_proxy(kit: Path, tmp_path: Path, env: dict[str, str]) -> None:
    """A module that the environment or go's own file calls private is requested from the user's own proxy only."""
    with go_up() as first, go_up() as second:
        for text in (BOTH, f"{MOD}require {OURS}\n"):
            result = download(kit, tmp_path, {"go.mod": text}, f"{first.url} {second.url}", **env)
            assert not [path for path in [*first.paths, *second.paths] if "corp.internal" in path], repr(result)


def test_names_of_modules_are_no_programs(kit: Path, tmp_path: Path) -> None:
    """A go.mod with quotes, expansions and globs runs nothing, and ends as with go."""
    names = ["a.b/$(touch${IFS}pwned)", "a.b/`touch`", "a.b/*", "a.b/x;touch", "a.b/#&|\\\\1", "a.b/'x"]
    with go_up() as proxy:
        for name in names:
            text = f'{MOD}require "{name}" v1.0.0\n'
            result = download(kit, tmp_path, {"go.mod": text}, f"{proxy.url} {proxy.url}/2", GOPRIVATE="$(touch pwned)")
            assert result.rc not in (0, 2, 127), repr(result)
            assert not list(tmp_path.rglob("pwned"))


RELEASE = Release("corp-app", "1.0.0", source=f"NOISE = {noise(100_000)!r}\n")
HASHED = f"corp-app==1.0.0 --hash=sha256:{RELEASE.sha256}"


@contextmanager
def index_up(**schedules: str) -> Iterator[Running]:
    rules = tuple(Rule(parse(text), path_class=path_class) for path_class, text in schedules.items())
    with serve(Upstream("pypi", pypi([RELEASE]), CLASSES, rules)) as running:
        yield running


def install(
    kit: Path, folder: Path, indexes: str, *words: str | Path, under: tuple[str, ...] = (), **env: str
) -> Result:
    own = {"PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": "", "SEAWALL_SEED": "84", "SEAWALL_BUDGET": "1"}
    settings = clean_environment(folder) | own | {"SEAWALL_PYPI_INDEXES": indexes} | env
    settings["PATH"] = f"{lean_bin()}:{settings['PATH']}"
    return run([*under, kit / "stage/python-packages.sh", "--target", folder / "target", *words], env=settings)


FROM_FOLDER = (
    'mount -t tmpfs none /run && printf "#seawall folder SEAWALL_PYPI_INDEXES\\n" >/run/seawall.conf && exec "$@"'
)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts, which only root may")
def test_versions_move_only_within_a_list_that_somebody_chose(kit: Path, tmp_path: Path) -> None:
    """Anybody can publish corp-app==1.0.0: with indexes of the built folder, only hashes allow another index."""
    (tmp_path / "hashed").write_text(f"{HASHED}\n")
    under = ("unshare", "--mount", "sh", "-c", FROM_FOLDER, "sh")
    with index_up(index="503x*") as down, index_up() as other:
        indexes = f"{down.url}/simple/ {other.url}/simple/"
        kept = install(kit, tmp_path, indexes, "corp-app==1.0.0", under=under)
        assert (kept.rc, list(other.journal)) == (75, []), repr(kept)
        assert kept.err.count("wanted hashes, because SEAWALL_PYPI_INDEXES comes from the build folder") == 1
        assert install(kit, tmp_path, indexes, "-r", tmp_path / "hashed", under=under).rc == 0
        moved = install(kit, tmp_path, indexes, "--upgrade", "corp-app==1.0.0")
        assert moved.rc == 0, repr(moved)
        assert (
            moved.err.count("versions (==) without hashes are accepted from every index of SEAWALL_PYPI_INDEXES") == 1
        )


def test_attempt_that_was_ended_leaves_nothing(kit: Path, tmp_path: Path) -> None:
    """A partial wheel of a stalled index does not stay in TMPDIR, nor does anything but the installed files."""
    (tmp_path / "hashed").write_text(f"{HASHED}\n")
    (tmp_path / "tmp").mkdir()
    with index_up(file="stall@50000x*") as stalling, index_up() as good:
        indexes = f"{stalling.url}/simple/ {good.url}/simple/"
        env = {"TMPDIR": str(tmp_path / "tmp"), "SEAWALL_STALL": "2"}
        result = install(kit, tmp_path, indexes, "-r", tmp_path / "hashed", **env)
        assert any(entry.path_class == "file" for entry in stalling.journal)
    assert (result.rc, (tmp_path / "target/corp_app.py").exists()) == (0, True), repr(result)
    assert list((tmp_path / "tmp").iterdir()) == []


BODY = noise(50_000)
SUM = hashlib.sha256(BODY).hexdigest()


def fetch(kit: Path, folder: Path, url: str, output: str | Path, *words: str) -> Result:
    call = [kit / "stage/fetch.sh", url, "--allow-http", "--sha256", SUM, "--output", output, *words]
    return run(call, env=clean_environment(folder), cwd=folder)


def test_output_that_is_no_file_is_refused(kit: Path, tmp_path: Path) -> None:
    """A folder, device, pipe or name with a slash at the end is code 64 and one line, without a request."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    os.mkfifo(tmp_path / "pipe")
    before = sorted(tmp_path.rglob("*"))
    with upstream({"/file": BODY}) as up:
        for output in ("folder", "folder/", "new/", ".", "..", "link", "link/", "/dev/null", "/dev/stdout", "pipe"):
            result = fetch(kit, tmp_path, f"{up.url}/file", output)
            assert (result.rc, result.out, result.err.count("\n")) == (64, "", 1), (output, repr(result))
        assert up.paths == []
    assert sorted(tmp_path.rglob("*")) == before


MODES = {"": 64, "9": 64, "0888": 64, "00755": 64, "+z": 64, "x": 64, "-R": 64, "u+x;id": 64, "$(id)": 64, "u+x,": 64,
         "u=rwx,go=rX": 0, "755": 0, "-w": 0, "a+x": 0, "u+s-x": 0}  # fmt: skip


def test_mode_is_checked_before_anything_is_asked(kit: Path, tmp_path: Path) -> None:
    """A mode that chmod would reject is code 64 and one line, without a request."""
    with upstream({"/file": BODY}) as up:
        for number, (mode, code) in enumerate(MODES.items()):
            asked = len(up.paths)
            result = fetch(kit, tmp_path, f"{up.url}/file", f"out{number}", f"--mode={mode}")
            assert (result.rc, (tmp_path / f"out{number}").exists()) == (code, code == 0), (mode, repr(result))
            assert code == 0 or (result.err.count("\n"), len(up.paths)) == (1, asked), repr(result)


def test_nothing_is_written_through_a_link(kit: Path, tmp_path: Path) -> None:
    """Links planted at the output or beside it are replaced or kept, and their targets stay unchanged."""
    (tmp_path / "victim").write_text("mine\n")
    for name in ("out", "out.seawall-part"):
        (tmp_path / name).symlink_to("victim")
    with upstream({"/file": BODY}) as up:
        result = fetch(kit, tmp_path, f"{up.url}/file", "out")
    assert (result.rc, (tmp_path / "victim").read_text()) == (0, "mine\n"), repr(result)
    assert ((tmp_path / "out").is_symlink(), (tmp_path / "out").read_bytes()) == (False, BODY)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out.seawall-part", "victim"]


def test_file_has_the_permissions_of_any_new_file(kit: Path, tmp_path: Path) -> None:
    """The file has the usual permissions of a new one, and its name may begin with a dash."""
    with upstream({"/file": BODY}) as up:
        assert fetch(kit, tmp_path, f"{up.url}/file", "-out").rc == 0
    (tmp_path / "usual").touch()
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("-out", "usual")}
    assert len(modes) == 1
