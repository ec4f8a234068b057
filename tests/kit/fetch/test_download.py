"""scripts/lib/fetch/download.sh: the client that is chosen.

Downloads with each client: tests/commands/test_fetch.py.
"""

from __future__ import annotations

import hashlib
import shutil

import pytest

LOAD = '. "$SEAWALL_LIB/load.sh"; load base attempt verdict ladder fetch; LOG_NAME=t\n'
CHOICES = {
    "curl wget python3": "curl", "wget python3": "wget", "python3": "python", "busybox-wget python3": "python",
    "busybox-wget": "busybox",
}  # fmt: skip


@pytest.mark.parametrize("tools", CHOICES)
def test_best_client_of_the_image_is_chosen(sh, tmp_path, tools):
    """GNU wget is told from busybox wget by its version; curl is preferred."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/grep").symlink_to(shutil.which("grep"))
    for tool in tools.split():
        says = "exit 1" if tool == "busybox-wget" else "echo GNU Wget 1.21"
        path = tmp_path / "bin" / tool.removeprefix("busybox-")
        path.write_text(f"#!/bin/sh\n{says}\n")
        path.chmod(0o755)
    result = sh(
        LOAD + 'PATH=$1; download_choose https; PATH=$2; printf "%s" "$DOWNLOAD_CLIENT"',
        f"{tmp_path}/bin",
        "/usr/bin:/bin",
    )
    assert result.out == CHOICES[tools], repr(result)


def test_checksum_is_the_same_by_each_tool(sh, tmp_path):
    """sha256sum, openssl and Python print the same digits, also for a name with a backslash."""
    file = tmp_path / "a\\b"
    file.write_bytes(b"x")
    script = """download_sum "$1"; sha256sum() { false; }; download_sum "$1"; openssl() { false; }; shasum() { false; }
    download_sum "$1\""""
    assert sh(LOAD + script, str(file)).out.split() == [hashlib.sha256(b"x").hexdigest()] * 3


def test_rest_is_fetched_anew_if_the_server_cannot_continue(sh, tmp_path):
    """A refused range deletes the part and asks once more; any other failure is left to the next source."""
    (tmp_path / "part").write_text("old")
    script = """LADDER_TEXT=$1/text DOWNLOAD_SCHEMES=https DOWNLOAD_CLIENT=fake
    download__fake() { cat "$2" 2>/dev/null || echo gone; echo "$WORDS" >"$LADDER_TEXT"; return 22; }
    WORDS='curl: (22) 503'; download_get run https://a "$1/part" rest || echo " $?"
    WORDS='curl: (22) 416'; download_get run https://a "$1/part" rest || echo " $?\""""
    assert sh(LOAD + script, str(tmp_path)).out == "old 22\noldgone\n 22\n"


def test_login_is_no_argument(sh):
    """Busybox wget and apt-helper take a URL only as an argument, so a URL with a login needs another client."""
    script = "DOWNLOAD_SCHEMES=https DOWNLOAD_CLIENT=$1; download_get env https://bob:x@a/ /dev/null probe"
    for client in ("busybox", "apt"):
        result = sh(LOAD + script, client)
        assert (result.rc, f"found only {client}: install one" in result.err) == (71, True), repr(result)
