"""scripts/lib/base/conf.sh: files of KEY=VALUE lines. Files that are refused: tests/security/test_settings.py."""

from __future__ import annotations

LOAD = '. "$SEAWALL_LIB/load.sh"; load base; LOG_NAME=t; show() { printf "%s|" "$@"; }\n'
FILES = {
    "plain": (b"# why\n\nSEAWALL_A=1\n  \nSEAWALL_B= two words =x \n",
              "FILE:3|SEAWALL_A|1|FILE:5|SEAWALL_B| two words =x |"),
    "windows": (b"\xef\xbb\xbfSEAWALL_A=1\r\nSEAWALL_B=2\r\n", "FILE:1|SEAWALL_A|1|FILE:2|SEAWALL_B|2|"),
    "no end": (b"SEAWALL_A=1", "FILE:1|SEAWALL_A|1|"),
    "umlaut": ("SEAWALL_A=Zürich\n".encode(), "FILE:1|SEAWALL_A|Zürich|"),
    "empty": (b"", ""),
}  # fmt: skip


def test_lines_are_read_with_their_number(sh, tmp_path):
    """Comments and empty lines are skipped; CR LF, a byte order mark and a missing last newline do not matter."""
    paths = [tmp_path / name for name in FILES]
    for path, (text, _) in zip(paths, FILES.values(), strict=True):
        path.write_bytes(text)
    result = sh(LOAD + 'for file in "$@"; do conf_each "$file" show; echo; done', *map(str, paths))
    wanted = [text.replace("FILE", str(path)) for path, (_, text) in zip(paths, FILES.values(), strict=True)]
    assert (result.out.splitlines(), result.err) == (wanted, "")


def test_dev_null_is_an_empty_file(sh):
    """SEAWALL_CONF=/dev/null switches the files off without a process."""
    result = sh(LOAD + "head() { echo head >&2; }; conf_each /dev/null show")
    assert (result.rc, result.out, result.err) == (0, "", "")
