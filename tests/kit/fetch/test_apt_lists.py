"""scripts/lib/fetch/apt-lists.sh: release files, and stored packages as an archive. With apt: tests/commands."""

from __future__ import annotations

import pytest

LOAD = '. "$SEAWALL_LIB/load.sh"; load base attempt verdict ladder fetch\n'
SOURCES = {
    "list": ("sources.list", "deb-src http://s/debian trixie main\n# deb http://c/debian x main\n"
             "deb [arch=amd64 signed-by=/k] http://a.example.org/debian/ trixie main\n"
             "deb http://b/debian trixie main\n"),
    "drop-in": ("sources.list.d/a.list", "\n \tdeb  https://a.example.org/debian\ttrixie main\n"),
    "deb822": ("sources.list.d/a.sources",
               "Types: deb\nURIs: http://a.example.org/debian/ http://b/debian\nSuites: trixie trixie-updates\n"
               "Components: main\n\nTypes: deb\nURIs: http://b/x\nSuites: y\n"),
    "no web server": ("sources.list", "deb cdrom:[x]/ trixie main\ndeb file:/srv/debian trixie main\n"),
}  # fmt: skip
ARCHIVES = {
    "http://a/debian trixie main": "yes", "http://a/debian/ trixie contrib": "no", "cdrom:[x] trixie main": "no",
    "http://security.example.org/debian trixie main": "no", "http://a/debian trixie-security main": "no",
    "file:///srv/debian trixie main": "no", "http://a/other trixie main": "no",
}  # fmt: skip


@pytest.mark.parametrize("name", SOURCES)
def test_first_release_file_is_found_in_each_format(sh, tmp_path, name):
    """The probe asks the first web server of the sources for its signed index."""
    file, text = SOURCES[name]
    (tmp_path / "etc/sources.list.d").mkdir(parents=True)
    (tmp_path / "etc" / file).write_text(text)
    wanted = "" if name == "no web server" else "://a.example.org/debian/dists/trixie/InRelease"
    found = sh(LOAD + 'apt_lists_release_file "$1"', str(tmp_path)).out
    assert found.strip().removeprefix("https").removeprefix("http") == wanted


def test_lists_are_named_as_apt_names_them(sh):
    """Login and scheme are left out, special characters escaped."""
    script = 'for url in "$@"; do apt_lists_name "$url"; done'
    result = sh(LOAD + script, "http://bob:x@a.example.org/debian/", "https://a/b_c~d%e")
    assert result.out == "a.example.org_debian\na_b%5fc%7ed%25e\n"


def test_main_archive_is_known_by_the_end_of_its_path(sh):
    """Only the archive of the distribution may be replaced by a mirror, and never its security updates."""
    script = (
        'for words in "$@"; do if apt_lists_are_of_archive http://m path $words; then echo yes; else echo no; fi; done'
    )
    assert sh(LOAD + script, *ARCHIVES).out.split() == list(ARCHIVES.values())


def test_main_archive_is_known_by_the_suites_of_this_release(sh):
    """Where no path is known, the suites of the release decide; another release is not replaced."""
    script = """VERSION_CODENAME=trixie; for suite in trixie trixie-updates bookworm trixiex; do
    if apt_lists_are_of_archive http://m suite http://a/own "$suite" main; then echo yes; else echo no; fi; done"""
    assert sh(LOAD + script).out.split() == ["yes", "yes", "no", "no"]


def test_packages_are_placed_where_apt_looks(sh, tmp_path):
    """A stored package goes to the path that apt names; links and paths that lead outside are ignored."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "a_1%2b2_all.deb").write_text("a")
    (tmp_path / "kept" / "link.deb").symlink_to("/etc/passwd")
    tree = tmp_path / "tree"
    uris = [f"'copy:{tree}/x/pool/a_1%2b2_all.deb' a_1%2b2_all.deb 1", f"'copy:{tree}/x/link.deb' link.deb 1",
            f"'copy:{tree}/../out.deb' a_1%2b2_all.deb 1", "'http://a/b.deb' b.deb 1"]  # fmt: skip
    script = 'apt_lists_place_packages "$1/kept" "$1/tree"; cd "$1" && find . -name "*.deb" -path "./[!k]*"'
    assert sh(LOAD + script, str(tmp_path), stdin="\n".join(uris) + "\n").out == "./tree/x/pool/a_1+2_all.deb\n"
