"""`.ci/release` on a scratch repository: what it refuses, what it writes, and the same bytes for the same commit."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.machine.run import Result, clean_environment, run

REPOSITORY = Path(__file__).resolve().parents[2]
AUTHOR = {f"GIT_{who}_{what}": "release@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
ENVIRONMENT = clean_environment() | AUTHOR | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
VERSION = "7.8.9"


def git(folder: Path, *words: str) -> str:
    """What git prints."""
    result = run(["git", "-C", folder, *words], env=ENVIRONMENT)
    assert result.rc == 0, repr(result)
    return result.out


def release(folder: Path, *words: str | Path) -> Result:
    """Calls the script, from another folder."""
    return run([folder / ".ci" / "release", *words], env=ENVIRONMENT, cwd=folder.parent)


def passed(folder: Path) -> None:
    """What .ci/run leaves when it has passed."""
    (folder / ".git" / "ci-passed").write_text(git(folder, "rev-parse", "HEAD"))


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with these files and their changes, prepared for version 7.8.9 and committed; CI has passed."""
    folder = tmp_path_factory.mktemp("origin") / "seawall"
    command = ["git", "ls-files", "-co", "--exclude-standard", "--", ":!fixtures", ":!tests"]
    names = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.splitlines()
    for name in names:
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name)
    change(folder, "CHANGELOG.md", "## [Unreleased]\n", "## [Unreleased]\n\n### Added\n\n- A new thing.\n")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    result = release(folder, "prepare", VERSION)
    assert (result.rc, result.err) == (0, ""), repr(result)
    git(folder, "commit", "--quiet", "--all", "--message", "release: 7.8.9")
    passed(folder)
    return folder


@pytest.fixture
def clone(origin: Path, tmp_path: Path) -> Path:
    """A copy of the repository that a test may spoil."""
    return Path(shutil.copytree(origin, tmp_path / "seawall", symlinks=True))


def change(folder: Path, name: str, old: str, new: str) -> None:
    """Replaces a text that stands in a file."""
    text = (folder / name).read_text()
    assert old in text, name
    (folder / name).write_text(text.replace(old, new, 1))


def test_prepared_commit_has_the_version_everywhere(origin: Path):
    """After `prepare` the kit, VERSION and the newest section of the changelog name the same version."""
    shown = run([origin / "scripts" / "docker-build.sh", "--version"])
    assert shown.out == f"docker-build.sh {VERSION}\n", repr(shown)
    assert (origin / "VERSION").read_text() == f"{VERSION}\n"
    headings = [line for line in (origin / "CHANGELOG.md").read_text().splitlines() if line.startswith("## ")]
    assert headings[0] == "## [Unreleased]"
    assert headings[1].startswith(f"## [{VERSION}] - 2")


def test_same_commit_gives_the_same_files(origin: Path, tmp_path: Path):
    """Two clones with other file times and another umask make the same archive, and SHA256SUMS fits."""
    made = []
    for name, umask in (("one", "022"), ("two", "077")):
        folder, output = tmp_path / name, tmp_path / f"{name}.out"
        git(tmp_path, "clone", "--quiet", str(origin), str(folder))
        passed(folder)
        words = ["sh", "-c", 'umask "$1" && shift && exec "$@"', "sh", umask, folder / ".ci/release", "make"]
        result = run([*words, "--output", f"{name}.out"], env=ENVIRONMENT, cwd=tmp_path)
        assert result.rc == 0, repr(result)
        assert result.out == (output / "SHA256SUMS").read_text()
        assert run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=output).rc == 0
        made.append({path.name: path.read_bytes() for path in output.iterdir()})
    assert set(made[0]) == {f"seawall-{VERSION}.tar.gz", f"seawall-{VERSION}.md", "SHA256SUMS"}
    assert made[0] == made[1]
    with tarfile.open(tmp_path / f"one.out/seawall-{VERSION}.tar.gz") as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (folder,) = (tmp_path / "unpacked").iterdir()
    shown = run([folder / "scripts" / "docker-build.sh", "--version"])
    assert (folder.name, shown.out) == (f"seawall-{VERSION}", f"docker-build.sh {VERSION}\n"), repr(shown)


def test_tag_has_the_changelog_and_is_only_made_when_asked(clone: Path):
    """Without --tag the command is printed; with it the tag is made, with the section of the changelog as message."""
    shown = release(clone, "make")
    assert (shown.rc, git(clone, "tag")) == (0, ""), repr(shown)
    assert (
        f"next: git tag --annotate --cleanup=whitespace --file={clone}/release/seawall-{VERSION}.md v{VERSION} "
        in shown.err
    )
    assert shown.err.endswith(f" && git push origin v{VERSION}\n")
    made = release(clone, "make", "--tag")
    assert (made.rc, made.err) == (0, f"release: info: next: git push origin v{VERSION}\n"), repr(made)
    notes = git(clone, "tag", "--list", "--format=%(contents)", f"v{VERSION}")
    assert notes.startswith(f"Seawall {VERSION}\n\n### Added\n\n- A new thing.\n")
    assert git(clone, "cat-file", "-t", f"v{VERSION}") == "tag\n"
    assert release(clone, "make", "--tag").rc == 0  # the files of a tagged commit can be made again


def spoil_tree(folder: Path) -> None:
    (folder / "new").touch()


def spoil_ci(folder: Path) -> None:
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "later")


def spoil_tag(folder: Path) -> None:
    git(folder, "tag", f"v{VERSION}")
    spoil_ci(folder)
    passed(folder)


def spoil_version(folder: Path) -> None:
    (folder / "VERSION").write_text("7.8\n")


def spoil_kit(folder: Path) -> None:
    (module,) = (folder / "scripts" / "lib").rglob("options.sh")
    change(folder, str(module.relative_to(folder)), f"OPTIONS_VERSION={VERSION}", "OPTIONS_VERSION=7.8.8")


def spoil_section(folder: Path) -> None:
    change(folder, "CHANGELOG.md", f"## [{VERSION}]", "## [7.8.8]")


def spoil_unreleased(folder: Path) -> None:
    change(folder, "CHANGELOG.md", "## [Unreleased]\n", "## [Unreleased]\n\n- Later.\n")


@pytest.mark.parametrize(
    ("spoil", "seen"),
    [
        (spoil_tree, "wanted a clean tree, saw changes"),
        (spoil_ci, "wanted .ci/run to have passed on "),
        (spoil_tag, f"wanted v{VERSION} on this commit, saw it on "),
        (spoil_version, "wanted a version such as 1.2.3 in VERSION, saw '7.8'"),
        (spoil_kit, f"wanted OPTIONS_VERSION={VERSION} in scripts/lib"),
        (spoil_section, f"wanted '## [{VERSION}] - DATE' below [Unreleased], saw '## [7.8.8] - "),
        (spoil_unreleased, "wanted nothing under [Unreleased] in CHANGELOG.md, saw changes"),
    ],
    ids=lambda value: value.__name__.removeprefix("spoil_") if callable(value) else "",
)
def test_unfit_commit_is_refused(clone: Path, spoil: Callable[[Path], None], seen: str):
    """One line that says what is missing, and neither a file nor a tag."""
    spoil(clone)
    result = release(clone, "make", "--tag")
    assert (result.rc, result.out, result.err.count("\n")) == (1, "", 1), repr(result)
    assert result.err.startswith(f"release: error: {seen}"), repr(result)
    assert not (clone / "release").exists()
    assert spoil is spoil_tag or git(clone, "tag") == ""


def test_ci_is_recorded_for_a_commit_that_passed(clone: Path):
    """.ci/run leaves its record for a commit whose commands passed, neither after a failure nor for changes."""
    for name in ("scripts/test-docker-build.sh", "tests/run"):
        (clone / name).parent.mkdir(exist_ok=True)
        (clone / name).write_text('#!/bin/sh\nprintf "%s\\n" "${0##*/} $*"\nexit "${FAKE_CODE:-0}"\n')
        (clone / name).chmod(0o755)
    git(clone, "add", ".")
    git(clone, "commit", "--quiet", "--message", "fake commands")
    record = clone / ".git" / "ci-passed"
    record.unlink()
    assert (run([clone / ".ci" / "run"], env=ENVIRONMENT | {"FAKE_CODE": "3"}).rc, record.exists()) == (3, False)
    (clone / "new").touch()
    assert (run([clone / ".ci" / "run"], env=ENVIRONMENT).rc, record.exists()) == (0, False)
    (clone / "new").unlink()
    passed = run([clone / ".ci" / "run"], env=ENVIRONMENT)
    assert passed.out.split("\n") == ["test-docker-build.sh ", "run ", "run drills", ""]
    assert (passed.rc, release(clone, "make").rc) == (0, 0)


def test_hosted_ci_counts_when_somebody_says_so(clone: Path):
    """--ci-passed stands for a hosted CI that is green."""
    spoil_ci(clone)
    assert release(clone, "make", "--ci-passed").rc == 0


@pytest.mark.parametrize(
    ("words", "code", "seen"),
    [
        ((), 64, "wanted prepare or make, saw ''"),
        (("make", "--folder"), 64, "unknown argument '--folder'"),
        (("make", "--output"), 64, "--output wants a folder, saw none"),
        (("prepare", "v1"), 64, "wanted a version such as 1.2.3, saw 'v1'"),
        (("prepare", "7.9.0"), 1, "wanted changes under [Unreleased]"),
        (("make", "--output", "/dev/null/x"), 73, "wanted to write in /dev/null/x, could not"),
    ],
    ids=["nothing", "unknown", "no-folder", "no-version", "no-changes", "unwritable"],
)
def test_bad_input_is_one_line(origin: Path, words: tuple[str, ...], code: int, seen: str):
    """Wrong calls change nothing."""
    result = release(origin, *words)
    assert (result.rc, result.out, result.err.count("\n")) == (code, "", 1), repr(result)
    assert result.err.startswith(f"release: error: {seen}"), repr(result)
    assert git(origin, "status", "--porcelain") == ""
