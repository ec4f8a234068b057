"""Random settings files, for a fixed time: no code runs, no shell prints an error, the code is 0 or 78."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SECONDS = 60
"""How long each shell is given files."""
NAMES = ["SEAWALL", "SEAWALL_BUDGET", "SEAWALL_STALL", "SEAWALL_DEADLINE", "SEAWALL_GO_PROXIES", "SEAWALL_URL_MIRRORS"]
NAMES += [
    "SEAWALL_BASE_FALLBACKS",
    "SEAWALL_REGISTRY_MIRRORS",
    "SEAWALL_IMAGE_LOCK",
    "SEAWALL_HTTPS_ONLY",
    "SEAWALL_SEED",
]
PIECES = [
    "$(touch pwned)", "`touch pwned`", "${x:=$(touch pwned)}", "[$(touch pwned)]", ";touch pwned;", "|touch pwned",
    "/touch pwned/e;#", '"', "'", "\\", "\\\\", "*", "?", "[a-z]", "~", "%s", "%n", "&", "|", "/", "#", "=", " ", "\t",
    "\r", "\0", "\x01", "\x7f", "ü", "\u2028", "08", "-1", "99999999999999999999", "@08", "default", "direct", "none",
    "on", "off", "https://a/", "file:///x", "a=b", "base:x", "..",
]  # fmt: skip
piece = st.one_of(st.sampled_from(PIECES), st.text(max_size=5), st.sampled_from(NAMES))
line = st.one_of(
    st.builds(lambda name, value: f"{name}={''.join(value)}", st.sampled_from(NAMES), st.lists(piece, max_size=4)),
    st.builds(lambda key, value: f"SEAWALL{''.join(key)}={value}", st.lists(piece, max_size=4), piece),
    st.builds("".join, st.lists(piece, max_size=5)),
)
text = st.builds(
    lambda lines, end: end.join(lines), st.lists(line, max_size=5), st.sampled_from(["\n", "\r\n", "\n\n"])
)
content = st.one_of(text.map(lambda said: said.encode("utf-8", "surrogatepass")), st.binary(max_size=80))


@pytest.mark.long
@pytest.mark.timeout(SECONDS * 5)
def test_random_file_is_taken_or_refused(load, tmp_path):
    """Each file is accepted, or refused with one line and code 78, and none of its code runs."""
    end, count = time.monotonic() + SECONDS, 0

    @settings(max_examples=10, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(content, min_size=20, max_size=20))
    def play(contents: list[bytes]) -> None:
        nonlocal count
        made: list[Path] = []
        for n, each in enumerate(contents):
            (folder := tmp_path / f"{n}").mkdir(exist_ok=True)
            (folder / "seawall.conf").write_bytes(each)
            made.append(folder)
        for folder, each, loaded in zip(made, contents, load(made), strict=True):
            assert loaded.code in (0, 78), (each, loaded)
            assert all(said.startswith("t: ") for said in loaded.err.split("\n")[:-1]), (each, loaded)
            assert loaded.err.count("t: error: ") == (loaded.code == 78), (each, loaded)
            assert {path.name for path in folder.iterdir()} == {"err", "out", "seawall.conf"}, (each, loaded)
            count += 1

    while time.monotonic() < end:
        play()
    assert count >= 20
