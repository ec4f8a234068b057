"""Requirements that may come from another index: each form that pip reads, compared with pip itself."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from optparse import Values
from pathlib import Path

import pytest
from harness.machine.run import clean_environment, run
from pip._internal.network.session import PipSession
from pip._internal.req.constructors import install_req_from_parsed_requirement
from pip._internal.req.req_file import parse_requirements
from pip._internal.req.req_install import InstallRequirement
from pip._vendor.packaging.utils import canonicalize_name

HASH = " --hash=sha256:" + "ab" * 32
READ = """
set -euf
SEAWALL_LIB=$1 TOOL=$2
. "$SEAWALL_LIB/load.sh"; load base attempt verdict ladder fetch
while IFS= read -r words; do
	requirements_begin "$TOOL"
	for word in $words; do requirements_take "$word" || :; done
	requirements_end
	printf '%s %s %s\\n' "$REQUIREMENTS_PINNED_BY" "${REQUIREMENTS_NAME:--}" "${REQUIREMENTS_EXTRA:--}"
done
"""


def read(
    kit: Path, folder: Path, calls: Iterable[str], *, tool: str = "pip", shell: Sequence[str] = ("dash",), **env: str
) -> list[list[str]]:
    """The kit's reading of each call: how it is pinned, the name to probe, and the source of a second index."""
    (folder / "calls").write_text("".join(f"{call}\\n".replace("\\n", "\n") for call in calls))
    settings = clean_environment(folder) | {"PIP_CONFIG_FILE": "/dev/null"} | env
    words = ["sh", "-c", f'exec "$@" <{folder}/calls', "sh", *shell, "-c", READ, "sh", kit / "lib", tool]
    result = run(words, env=settings, cwd=folder)
    assert result.rc == 0, repr(result)
    return [line.split() for line in result.out.splitlines()]


CALLS = {
    "idna==3.10": "versions", "idna===3.10": "versions", "idna[a,b]==3": "versions", "--upgrade": "versions",
    "-U idna==3": "versions", "-qU --pre --no-index idna==3": "versions", "-f wheels idna==3": "versions",
    "--find-links wheels --trusted-host a.example:8 -ttarget idna==3": "versions", "-- idna==3": "versions",
    "-rpins": "versions", "-qrpins": "versions", "-Ur pins": "versions", "--requirement=pins": "versions",
    "-r pins -c bare": "versions", "-r crlf": "versions", "-r mark": "versions", "-r deep/nested": "versions",
    "-r hashes": "hashes", "--require-hashes idna": "hashes", "--require-h idna": "hashes", "-r asks": "hashes",
    "-r hashes -r pins": "hashes", "-r marked": "hashes", "-r missing": "versions", "--no-ind idna==3": "versions",
    "idna": "no", "idna>=3": "no", "idna==3.*": "no", "idna==": "no", "idna~=3.1": "no", "idna!=3": "no",
    "idna==3 flask": "no", "./app": "no", "app.whl": "no", "idna==3.zip[x]": "no", ".": "no", "..": "no",
    "https://a.example/x.tar.gz": "no", "idna@https://a.example/x.zip": "no", "git+ssh://a.example/x@v==1": "no",
    "-e .": "no", "-e. idna==3": "no", "--edit . idna==3": "no", "-r bare": "no", "-r pins -r bare": "no",
    "--group dev idna==3": "no", "--grou dev idna==3": "no", "--zork idna==3": "no", "--zork=3 idna==3": "no",
    "-r https://a.example/r.txt idna==3": "no", "-r file:///r.txt idna==3": "no", "-r HTTP://a/r idna==3": "no",
    "-r utf16 idna==3": "no", "-r utf16le idna==3": "no", "-r coding idna==3": "no", "-r big": "no", "-r loop": "no",
    "-r deep idna==3": "no", "-r variable": "no", "-r formfeed": "no", "-r separator": "no",
    "-r lone-cr": "no", "-r unpinned-marker": "no", "-r odd": "no", "-r quoted": "no", "-r remote": "no",
    "-r some-marked": "no", "-r parenthesis": "no", "-r many": "no", "--no-require-hashes -r hashes": "no",
    "--requirements-from-script x idna==3": "no", "idna==3;x@y": "no", "idna==$(touch,pwned)": "no", "idna==`x`": "no",
    "-c pins idna": "versions", "idna -cpins": "versions", "-r bare --constraint=pins": "versions",
    "-c named Ruamel_Yaml[x]": "versions", "-r constrained": "versions", "-c pins flask": "no",
    "-c pins idna attrs": "no",
    "-c bare idna": "no", "-c pins idna>=3": "no", "-c pins -e .": "no", "-c odd idna": "no", "-c many idna": "no",
    "-c https://a.example/c.txt idna": "no", "-c missing idna": "no", "--build-constraint pins idna": "no",
}  # fmt: skip
"""Arguments of `pip install`, and what all that they install is held to."""
UV_CALLS = {
    "-r hashes": "versions", "--require-hashes -r hashes": "hashes", "--no-verify-hashes --require-hashes idna": "no",
    "--req pins": "no", "--override x idna==3": "no", "-P flask idna==3": "no", "-r pyproject.toml": "no",
}  # fmt: skip
EXTRA = ["--extra-index-url x idna", "--extra-index-url=x idna", "--ext x idna", "--extra=x idna", "-r extra",
         "-r extra-short", "-r extra-after", "-r extra-marked", "-c extra idna"]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the calls name."""
    made = tmp_path_factory.mktemp("forms")
    (made / "deep").mkdir()
    pins = "# all\nidna==3.10  # why\n\nflask == 3.0 ; python_version > '3'\n--pre --only-binary :all:\n"
    long = "".join(f"-r more{number}\n" for number in range(1, 120))
    texts = {
        "pins": pins, "crlf": pins.replace("\n", "\r\n"), "mark": "\ufeff" + pins, "bare": "idna\n",
        "deep/nested": "-r ../pins\n--requirement=inner\n", "deep/inner": "jinja2==3.1.4",
        "asks": "--require-hashes\nidna",
        "hashes": f"idna==3.10 \\\n   {HASH} \\\n   {HASH}\n", "marked": f"idna==3 ; python_version>'3'{HASH}\n",
        "some-marked": f"idna==3 ; python_version>'3'{HASH}\nflask\n", "coding": "# -*- coding: utf-7 -*-\nidna==3\n",
        "big": "# " + "x" * 1_100_000 + "\nidna==3\n", "loop": "idna==3\n-r loop\n", "variable": "idna==${VERSION}\n",
        "formfeed": "# quiet\x0cflask\nidna==3\n", "separator": "# quiet\u2028flask\nidna==3\n",
        "lone-cr": "# quiet\rflask\nidna==3\n", "unpinned-marker": "idna ; python_version=='3.11'\n",
        "odd": "idna[a]x==3\n", "quoted": '-r "bare"\nidna==3\n', "remote": "-r https://a.example/x\nidna==3\n",
        "named": "ruamel.yaml==0.18\n", "constrained": "idna\n-c pins\n",
        "parenthesis": "idna (==3)\n", "many": long, "extra": "idna==3\n--extra-index-url https://b.example\n",
        "extra-short": "--ex https://b.example\nidna==3\n", "extra-after": "-i https://a.example --extra-index-url=x\n",
        "extra-marked": "\ufeff--extra-index-url https://b.example\n", "pyproject.toml": '[project]\nname = "x"\n',
        **{f"more{number}": "idna==3\n" for number in range(1, 120)},
    }  # fmt: skip
    for name, text in texts.items():
        (made / name).write_bytes(text.encode())
    (made / "utf16").write_bytes("flask\n".encode("utf-16"))
    (made / "utf16le").write_bytes("flask\n".encode("utf-16-le"))
    return made


@pytest.mark.parametrize("shell", [["dash"], ["busybox", "ash"], ["bash", "--posix"], ["mksh"], ["yash"]], ids=" ".join)
def test_what_is_not_understood_is_held_to_nothing(kit: Path, folder: Path, shell: list[str]) -> None:
    """Bare names, paths, URLs, unknown options and unusual encodings stay on the first index, in every shell."""
    seen = dict(zip(CALLS, read(kit, folder, CALLS, shell=shell), strict=True))
    assert {call: found[0] for call, found in seen.items()} == CALLS
    assert not (folder / "pwned").exists()


def test_uv_reads_its_own_options(kit: Path, folder: Path) -> None:
    """Unlike pip, uv requires hashes only on request, and has no short forms of long options."""
    seen = read(kit, folder, UV_CALLS, tool="uv")
    assert dict(zip(UV_CALLS, (found[0] for found in seen), strict=True)) == UV_CALLS


def test_second_index_is_found_in_each_form(kit: Path, folder: Path) -> None:
    """A call with an extra index, in any form, is refused, because pip would send it every name."""
    assert [call for call, found in zip(EXTRA, read(kit, folder, EXTRA), strict=True) if found[2] == "-"] == []


def test_environment_is_part_of_the_call(kit: Path, folder: Path) -> None:
    """Options in pip's environment variables count too."""
    call = ["idna==3"]
    for env in ({"PIP_REQUIREMENT": "x"}, {"PIP_EDITABLE": "."}, {"PIP_GROUP": "x"}):
        assert read(kit, folder, call, **env)[0][0] == "no", env
    assert read(kit, folder, ["-r hashes"], PIP_REQUIRE_HASHES="0")[0][0] == "versions"
    assert read(kit, folder, call, PIP_REQUIRE_HASHES="true")[0][0] == "hashes"
    assert read(kit, folder, call, PIP_CONSTRAINT="extra")[0][2] == "extra"


PARTS = [
    "idna==3.10", "flask == 2", "idna", "idna>=2", "idna==1.*", "===1", "-r pins", "--requirement bare",
    "--require-hashes", HASH, " ", "\t", "#", " # x", "\\", "\n", "\r\n", "\r", "\x0c", "\u2028", "\x85", "${X}",
    "-e .", ";", "python_version>'3'", "--pre", '"', "a @ https://a.example/b.zip", "[x]", ",", "--ind",
    "https://a.example", "-c bare", "-c pins", "\n", "\n", "\n", "-i x",
]  # fmt: skip


def judge(file: Path) -> str:
    """The pinning that pip itself would apply to a file; `fails` if it installs nothing."""
    options = Values({"require_hashes": False, "features_enabled": []})
    try:
        parsed = list(parse_requirements(str(file), PipSession(), options=options))
        found = [install_req_from_parsed_requirement(one) for one in parsed if not one.constraint]
        constraints = [install_req_from_parsed_requirement(one) for one in parsed if one.constraint]
    except (Exception, SystemExit):
        return "fails"
    if options.require_hashes or any(one.has_hash_options for one in [*found, *constraints]):
        return "hashes"
    constrained = {name_of(one) for one in constraints if is_held(one) and not one.markers}
    pinned = [is_held(one) or name_of(one) in constrained for one in found]
    return "versions" if all(pinned) else "no"


def is_held(one: InstallRequirement) -> bool:
    """Whether == and a version follow the name."""
    return bool(one.req and not one.link and one.is_pinned and "*" not in str(one.req))


def name_of(one: InstallRequirement) -> str:
    """The name as indexes compare it; empty for a URL or a folder."""
    return canonicalize_name(one.req.name) if one.req and not one.link else ""


def judged(kit: Path, folder: Path, number: int, seed: int) -> list[tuple[str, str, str]]:
    """Random files with the answers of the kit and of pip."""
    chance = random.Random(seed)  # noqa: S311 - the same files in each run
    texts = ["".join(chance.choices(PARTS, k=chance.randint(1, 9))) for _ in range(number)]
    for index, text in enumerate(texts):
        (folder / f"random{index}").write_bytes(text.encode())
    seen = read(kit, folder, (f"-r random{index}" for index in range(number)), X="1\nflask")
    ours = [found[0] for found in seen]
    return [(text, ours[index], judge(folder / f"random{index}")) for index, text in enumerate(texts)]


ALLOWED = {"no": {"no", "versions", "hashes", "fails"}, "versions": {"versions", "hashes", "fails"},
           "hashes": {"hashes", "fails"}}  # fmt: skip


def compare(rows: list[tuple[str, str, str]]) -> None:
    assert [row for row in rows if row[2] not in ALLOWED[row[1]]] == []
    assert {row[1] for row in rows if row[1] == row[2]} == {"no", "versions", "hashes"}


def test_kit_never_holds_more_than_pip_does(kit: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For random files the kit never assumes stricter pinning than pip applies."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("X", "1\nflask")
    compare(judged(kit, folder, 200, seed=84))


@pytest.mark.long
def test_kit_never_holds_more_than_pip_does_in_many_files(
    kit: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, for longer."""
    monkeypatch.chdir(folder)
    for seed in range(5):
        compare(judged(kit, folder, 500, seed))
