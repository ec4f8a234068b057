"""scripts/lib/fetch/apt-sources.sh: sources at a mirror, by format.

Whole images: tests/commands/test_system_packages.py.
"""

from __future__ import annotations

LOAD = """. "$SEAWALL_LIB/load.sh"; load base attempt verdict ladder fetch
APT_SOURCES_FOLDER=$1 APT_SOURCES_POINTED=0
"""
LINES = """# why
deb [arch=amd64] http://a/debian trixie main
 deb-src http://a/debian trixie main
deb http://a/debian trixie-security main
deb http://b/packages stable main"""
STANZAS = """# why
Types: deb deb-src
URIs: http://a/debian
 http://b/debian
Suites: trixie
Components: main

Types: deb
URIs: http://a/debian
Suites: trixie-security
Components: main"""


def test_lines_of_the_archive_get_the_mirror(sh, tmp_path):
    """Options, comments and blanks stay, and so do security updates and other packages."""
    result = sh(f"{LOAD}apt_sources__lines http://m path; echo $APT_SOURCES_POINTED", str(tmp_path), stdin=LINES)
    wanted = LINES.replace("http://a/debian trixie main", "http://m/ trixie main")
    assert (result.out, result.err) == (f"{wanted}\n2\n", "")


def test_stanzas_of_the_archive_get_the_mirror(sh, tmp_path):
    """In deb822 each URL of the field is replaced, including those of continuation lines."""
    result = sh(f"{LOAD}apt_sources__stanzas http://m path; echo $APT_SOURCES_POINTED", str(tmp_path), stdin=STANZAS)
    wanted = STANZAS.replace("http://a/debian\n http://b/debian", "http://m/\n http://m/")
    assert (result.out, result.err) == (f"{wanted}\n2\n", "")


def test_last_known_good_copy_takes_the_place_of_each_web_server(sh, tmp_path):
    """For the stored copy each web source points at a folder, source packages are off, and the URLs are noted."""
    result = sh(f"{LOAD}apt_sources__lines kept:/t path; cat $1/urls", str(tmp_path), stdin=LINES)
    assert result.out.splitlines()[1:3] == ["deb [arch=amd64] copy:/t/a_debian/ trixie main",
                                            "#  deb-src copy:/t/a_debian/ trixie main"]  # fmt: skip
    assert result.out.splitlines()[5:] == [*["http://a/debian"] * 3, "http://b/packages"]


def test_default_changes_nothing(sh, tmp_path):
    """The image's own sources are copied."""
    assert sh(f"{LOAD}apt_sources__lines default path", str(tmp_path), stdin=LINES).out == LINES + "\n"
