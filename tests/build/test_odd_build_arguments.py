"""Values of several lines, and other odd ones: the image is the plain one, and no line is read as another argument."""

from __future__ import annotations

import pytest
from harness.wire.loopback import refusing

DOCKERFILE = """# syntax=docker/dockerfile:1
ARG BASE=HOST/team/hello:1
FROM $BASE
ARG V
LABEL v=$V
COPY mark /mark
"""
TAG = "/v2/team/hello/manifests/1"
NOBODY = "sha256:" + "1" * 64
VALUES = {
    "line end at the end": "a\n",
    "second line that looks like an argument": "a\nBASE=HOST/team/evil:1",
    "empty line": "notes\n\nmore\n\n",
    "line that looks like an instruction": "\nFROM HOST/team/evil:1\nCOPY --from=HOST/team/evil:1 / /\n",
    "written line end": "a\\nBASE=HOST/team/evil:1\\",
    "carriage returns": "a\r\nBASE=HOST/team/evil:1\r\n",
    "key": "-----BEGIN KEY-----\n\nbase=\n-----END KEY-----\n",
    "quotes and blanks": " 'a\" \t$(x) `y` ${BASE} ",
}
DEFAULT = {"line end at the end", "second line that looks like an argument", "empty line"}


@pytest.mark.parametrize("value", [pytest.param(n, marks=[] if n in DEFAULT else [pytest.mark.long]) for n in VALUES])
def test_value_is_one_value(builder, registry, context, tmp_path, value):
    """Beside a dead cache and a dead frontend the image is that of a plain build; the image lock holds."""
    own = registry()
    words = ("--build-arg", f"V={VALUES[value].replace('HOST', own.host)}", "--provenance=false", "--iidfile")
    folder = context(own.host, DOCKERFILE.partition("\n")[2])
    plain = builder.plain(*words, tmp_path / "plain", folder)
    folder = context(own.host, DOCKERFILE)
    with refusing() as dead:
        cache = ("--cache-from", f"{dead.removeprefix('http://')}/cache:1")
        ours = builder.ours(*words, tmp_path / "ours", *cache, folder)
    (tmp_path / "lock").write_text(f"{own.host}/team/hello:1 {NOBODY}\n")
    before = own.paths.count(TAG)
    locked = builder.ours(
        "--attempts", "1", "--", *words, tmp_path / "no", folder, SEAWALL_IMAGE_LOCK=str(tmp_path / "lock")
    )
    assert (own.paths.count(TAG), [path for path in own.paths if "evil" in path]) == (before, []), own.journal.table()
    assert (plain.rc, ours.rc, locked.rc not in (0, 1)) == (0, 0, True), f"{plain!r}\n{ours!r}\n{locked!r}"
    assert (tmp_path / "ours").read_text() == (tmp_path / "plain").read_text()
