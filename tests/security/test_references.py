"""host/registry/reference.sh compared with the library that parses image names in BuildKit and the Docker client.

references.tsv records the answers of the library, made by fixtures/references; the long test asks it again.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

import pytest
from harness.machine.run import Result, run
from harness.machine.shells import SHELLS

TABLE = Path(__file__).parent / "references.tsv"
PROGRAM = Path(__file__).resolve().parents[2] / "fixtures" / "references"
LOAD = '. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry'
LONGEST = 1024
"""Longer names are for the builder alone, whatever the library says of them."""
READ = """
. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry
for name in "$@"; do
	if reference_is_valid "$name"; then
		printf '%s\\t%s\\t%s\\n' "$REFERENCE_FULL" "$REFERENCE_CANONICAL" "$REFERENCE_HOST"
	else
		printf 'invalid%s\\n' "$REFERENCE_FULL$REFERENCE_CANONICAL"
	fi
done
"""


def rows() -> list[tuple[bytes, str]]:
    """The names of the table, with the answers of the library."""
    pairs = [line.partition("\t") for line in TABLE.read_text().splitlines()]
    return [(unquote_to_bytes(name), said) for name, _, said in pairs]


def percent(name: bytes) -> str:
    return quote(name, safe="/:@._-")


def is_text(name: bytes) -> bool:
    """Whether a name is UTF-8; yash rejects other arguments before the kit starts."""
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def wanted(name: bytes, said: str) -> str:
    return "invalid" if len(name) > LONGEST else said


def read_by(argv: Iterable[str], kit: Path, names: list[bytes]) -> list[str]:
    """The answers of the kit for the names, in one process of a shell."""
    env = {"PATH": "/usr/bin:/bin", "LIB": str(kit / "lib"), "SEAWALL_LIB": str(kit / "lib"), "LC_ALL": "C.UTF-8"}
    words = [*argv, "-c", f"set -euf\n{READ}", "read", *names]
    result = subprocess.run(words, env=env, capture_output=True, check=False, timeout=250)
    assert (result.returncode, result.stderr) == (0, b"")
    return result.stdout.decode(errors="replace").splitlines()


def test_table_has_what_people_and_attackers_write():
    """The table has common names, unusual ones and hostile ones."""
    found = rows()
    valid = [name for name, said in found if said != "invalid"]
    assert len(found) > 200
    assert len(valid) > 60
    text = b"".join(name for name, _ in found)
    assert all(sign in text for sign in b"*?[]{}|;$()'\"`\\&<>\n\t\r\x01\xff %#!~")


@pytest.mark.every_shell
@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell.name)
def test_names_are_read_as_the_reference_library_reads_them(shell, kit: Path):
    """A name is the same image for the kit and the builder, and a malformed name is none, in every shell."""
    if not shell.is_there:
        pytest.skip(f"wanted {shell.argv[0]} on this machine: ./tests/run installs it")
    cases = [row for row in rows() if shell.name != "yash" or is_text(row[0])]
    seen = read_by(shell.argv, kit, [name for name, _ in cases])
    pairs = zip(cases, seen, strict=True)
    assert [(name, said, ours) for (name, said), ours in pairs if wanted(name, said) != ours] == []


def test_manifest_is_asked_for_where_the_registry_has_it(sh: Callable[..., Result]):
    """The host of Docker Hub, library/ and latest are filled in; a digest wins over a tag."""
    digest = "sha256:" + "0123456789abcdef" * 4
    for question in ("full", "canonical", "host", "url"):
        said = sh(
            f'{LOAD}; reference_{question} "$1" || printf "%s\\n" "$?"',
            "x/*",
        )
        assert (said.out, said.err) == ("1\n", "")
    urls = {
        "alpine": "registry-1.docker.io/v2/library/alpine/manifests/latest",
        "docker.io/alpine:3": "registry-1.docker.io/v2/library/alpine/manifests/3",
        "index.docker.io/team/app": "registry-1.docker.io/v2/team/app/manifests/latest",
        "MYREG/app:1": "MYREG/v2/app/manifests/1",
        "[::1]:5000/x": "[::1]:5000/v2/x/manifests/latest",
        f"localhost:5000/a/b:1@{digest}": f"localhost:5000/v2/a/b/manifests/{digest}",
        "x/*": "",
    }
    result = sh(
        LOAD + '; for n in "$@"; do reference_url "$n" || printf "\\n"; done',
        *urls,
    )
    assert result.out.splitlines() == list(urls.values())


def test_mirror_gets_valid_names_only(sh: Callable[..., Result]):
    """A mirror that would make a malformed name is not used for that name."""
    script = (
        LOAD
        + """; settings_place() { printf 'environment\\n'; }
    SEAWALL_REGISTRY_MIRRORS=$1; mirrors_of "$2"
    """
    )
    mirrors = "docker.io=mirror.example:5000/hub docker.io=bad|mirror"
    result = sh(script, mirrors, "docker.io/library/alpine:3")
    assert result.out.splitlines() == ["mirror.example:5000/hub/library/alpine:3"]


def test_every_spelling_of_an_image_has_the_same_mirror(sh: Callable[..., Result]):
    """docker.io/alpine and its other spellings are library/alpine at the mirror, and one name in the lock file."""
    script = (
        LOAD
        + """; settings_place() { printf 'environment\\n'; }; SEAWALL_REGISTRY_MIRRORS=docker.io=m.example/hub
    for name in "$@"; do mirrors_of "$(reference_full "$name")"; reference_canonical "$name"; done
    """
    )
    names = ("alpine", "docker.io/alpine", "index.docker.io/alpine", "docker.io/library/alpine", "library/alpine")
    wanted = ["m.example/hub/library/alpine", "docker.io/library/alpine:latest"]
    assert sh(script, *names).out.splitlines() == wanted * len(names)


def built(folder: Path) -> Path:
    """The compiled program with the real library."""
    words = ["go", "build", "-o", str(folder / "names"), "."]
    made = subprocess.run(words, cwd=PROGRAM, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return folder / "names"


def asked(program: Path, names: list[bytes]) -> list[str]:
    result = run([program], stdin="".join(f"{percent(name)}\n" for name in names))
    assert result.rc == 0, repr(result)
    return [line.partition("\t")[2] for line in result.out.splitlines()]


def generated(chance: random.Random) -> bytes:
    """A random, mostly almost valid name."""
    parts = ["a", "0", "A", "-", "--", "_", "__", ".", ":", "/", "/", "/", "@", "localhost", "docker.io"]
    parts += ["index.docker.io", "library", "5000", "[::1]", "x.y", "sha256:"]
    parts += [*"*?[]{}é|$;' \n", "0123456789abcdef" * 4, "f" * 128, "w" * 100]
    weights = [4] * 21 + [1] * (len(parts) - 21)
    return "".join(chance.choices(parts, weights, k=chance.randint(1, 9))).encode()


@pytest.mark.long
@pytest.mark.timeout(900)
def test_record_is_what_the_library_says(tmp_path: Path, kit: Path):
    """The table has the answers of the library, and the kit agrees with it on thousands of random names."""
    program = built(tmp_path)
    cases = rows()
    assert asked(program, [name for name, _ in cases]) == [said for _, said in cases]
    chance = random.Random(17)  # noqa: S311 # names, not secrets
    names = [generated(chance) for _ in range(8000)]
    said = asked(program, names)
    assert 500 < sum(line != "invalid" for line in said) < 7500
    for shell in SHELLS:
        for begin in range(0, len(names), 1000):
            part = names[begin : begin + 1000]
            seen = zip(part, said[begin:], read_by(shell.argv, kit, part), strict=False)
            assert [(name, word, ours) for name, word, ours in seen if wanted(name, word) != ours] == []
