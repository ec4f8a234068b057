"""scripts/lib/fetch/apt-sources.sh and apt-plan.sh: the archive among the sources of an image, and its sources at a
mirror, with the real apt as the reader. Whole images: tests/commands/test_system_packages_suites.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

ROOMS = '. "$SEAWALL_LIB/load.sh"; load base attempt verdict ladder fetch\n'
LOAD = f"""{ROOMS}LOG_NAME=x STEP_FOLDER=$1 APT_CONFIG=$1/apt.conf APT_PLAN_HELPER=$1/no-helper; export APT_CONFIG
apt_sources_read
"""
RELEASE = 'ID=debian\nHOME_URL="https://www.debian.example/"\nVERSION_CODENAME=trixie\n'
KEYRING = "/usr/share/keyrings/debian-archive-keyring.pgp"
STOCK = f"""# See sources.list(5)

Types: deb
URIs: http://deb.debian.example/debian
Suites: trixie trixie-updates
Components: main
Signed-By: {KEYRING}

Types: deb
URIs: http://deb.debian.example/debian-security
Suites: trixie-security
Components: main
Signed-By: {KEYRING}
"""
ARCHIVE = ["http://deb.debian.example/debian/ trixie", "http://deb.debian.example/debian/ trixie-updates",
           "http://deb.debian.example/debian-security/ trixie-security"]  # fmt: skip
OWN = "http://deb.debian.example/debian"


@pytest.fixture
def image(tmp_path: Path, sh) -> Callable[..., str]:
    """Runs `script` with these source files, by their names, and this os-release; returns the output."""

    def call(script: str, *words: str, release: str = RELEASE, **sources: str) -> str:
        (tmp_path / "apt/parts.d").mkdir(parents=True)
        for name, text in sources.items():
            (tmp_path / "apt/parts.d" / name.replace("_", ".")).write_text(text)
        (tmp_path / "release").write_text(release)
        rows = {"Dir::Etc::sourcelist": tmp_path / "apt/none", "Dir::Etc::sourceparts": tmp_path / "apt/parts.d",
                "APT::Architecture": "amd64"}  # fmt: skip
        (tmp_path / "apt.conf").write_text("".join(f'{name} "{value}";\n' for name, value in rows.items()))
        load = LOAD.replace("apt_sources_read", f"APT_SOURCES_SYSTEM={tmp_path}/release; apt_sources_read")
        result = sh(load + script, str(tmp_path), *words)
        assert result.rc == 0, repr(result)
        return result.out + result.err

    return call


def list_of(*rows: str) -> str:
    return "".join(f"{row}\n" for row in rows)


IMAGES = {
    "stock, deb822": ({"debian_sources": STOCK}, ARCHIVE),
    "stock, one line": (
        {"a_list": list_of(f"deb {OWN} trixie main contrib", f"deb-src {OWN} trixie main", "# deb http://x y z",
                           f"deb [arch=amd64] {OWN}-security/ trixie-security main")},
        [ARCHIVE[0], ARCHIVE[2]],
    ),
    "old name of the security suite": (
        {"a_list": list_of(f"deb [signed-by={KEYRING}] http://m.example/debian buster main",
                           f"deb [signed-by={KEYRING}] http://s.example/ buster/updates main")},
        ["http://m.example/debian/ buster", "http://s.example/ buster/updates"],
    ),
    "vendor with a key of its own": (
        {"a_list": "deb [signed-by=/v.asc] https://v.example/debian stable main\n", "debian_sources": STOCK}, ARCHIVE,
    ),
    "vendor whose key is trusted for all": (
        {"a_list": "deb https://v.example/debian trixie main\n", "debian_sources": STOCK}, ARCHIVE,
    ),
    "vendor of the same release": (
        {"a_list": list_of("deb [signed-by=/v.asc] https://v.example/debian trixie main",
                           "deb http://corp.example/mirror/debian trixie main",
                           "deb http://corp.example/mirror/debian-security trixie-security main")},
        ["http://corp.example/mirror/debian/ trixie", "http://corp.example/mirror/debian-security/ trixie-security"],
    ),
    "trusted repository": ({"a_list": "deb [trusted=yes] http://v.example/debian trixie main\n"}, []),
    "trusted repository, deb822": (
        {"a_sources": "Types: deb\nURIs: http://v.example/debian\nSuites: trixie\nComponents: main\nTrusted: yes\n"},
        [],
    ),
    "flat repository": ({"a_list": "deb http://v.example/debian ./\n"}, []),
    "disabled stanza": ({"debian_sources": STOCK.replace("Types", "Enabled: no\nTypes", 1)}, ARCHIVE[2:]),
    "several types and URLs, comments between": (
        {"a_sources": f"# x\nTypes: deb deb-src\nuris: {OWN}\n# why\n http://b.debian.example/debian/\n"
                      "Suites: trixie\n  trixie-updates\nComponents: main contrib\n"},
        [ARCHIVE[0], "http://b.debian.example/debian/ trixie", ARCHIVE[1],
         "http://b.debian.example/debian/ trixie-updates"],
    ),
    "path of a company": ({"a_list": "deb http://corp.example/x trixie main\n"}, ["http://corp.example/x/ trixie"]),
    "other release": ({"a_list": "deb http://corp.example/x bookworm main\n"}, []),
    "not on a web server": (
        {"a_list": list_of("deb file:/srv/debian trixie main", "deb cdrom:[Debian 13]/ trixie main",
                           "deb mirror+file:/etc/apt/mirrors trixie main")},
        [],
    ),
    "extended support with a key of its own": (
        {"a_sources": STOCK + "\nTypes: deb\nURIs: https://esm.debian.example/apps\nSuites: trixie-apps\n"
                              "Components: main\nSigned-By: /usr/share/keyrings/debian-pro.gpg\n"},
        ARCHIVE,
    ),
    "sources that apt cannot read": ({"a_sources": STOCK + "\nTypes: deb\nURIs: http://x.example\n"}, []),
}  # fmt: skip


@pytest.mark.parametrize(("sources", "wanted"), IMAGES.values(), ids=IMAGES)
def test_archive_of_the_distribution_is_known(image, sources: dict[str, str], wanted: list[str]) -> None:
    """The archive and its other suites are known by keyring, host, path and suite; vendors are not the archive."""
    found = image('cut -f 2,3 "$1/archive" | tr "\t" " "', **sources).splitlines()
    assert sorted(found) == sorted(wanted)
    assert found[:1] == wanted[:1] or not wanted


def test_other_suites_are_looked_for_beside_the_mirror(sh) -> None:
    """A folder beside the mirror comes first, then the mirror itself; a host without a path gives its name."""
    forms = {
        "http://d/debian/ http://d/debian-security/ http://m/debian": "http://m/debian-security/ http://m/debian/",
        "http://d/debian/ http://d/debian-security/ http://m/pub/deb":
            "http://m/pub/debian-security/ http://m/pub/deb-security/ http://m/pub/deb/",
        "http://d/debian/ http://security.d/ http://m/debian": "http://m/debian-security/ http://m/debian/",
        "http://d/debian/ http://d/debian-security/ http://m": "http://m/debian-security/ http://m/",
        "http://a/ubuntu/ http://s/ubuntu/ http://m/pub/ubuntu": "http://m/pub/ubuntu/",
    }  # fmt: skip
    script = 'for words in "$@"; do apt_plan__forms $words; done'
    assert sh(ROOMS + script, *forms).out.splitlines() == list(forms.values())


WRITE = 'apt_plan_mirror http://m.example/debian; apt_sources_write all; set +f; cat "$1"/etc/sources.list.d/*'


def test_stanza_is_divided_by_the_hosts_that_serve_its_suites(image, tmp_path) -> None:
    """Suites at the mirror and suites at their own host become two stanzas; apt reads what was planned."""
    script = f"""apt_plan__add {OWN}/ trixie http://m/a/; apt_plan__add {OWN}/ trixie-security -
    apt_sources_write all && set +f && cat "$1"/etc/sources.list.d/*"""
    text = f"Types: deb\nURIs: {OWN}\nSuites: trixie trixie-updates trixie-security\nComponents: main\n"
    rest = "Components: main\n"
    wanted = f"Types: deb\nURIs: http://m/a/\nSuites: trixie\n{rest}\n"
    assert image(script, a_sources=text) == f"{wanted}Types: deb\nURIs: {OWN}\nSuites: trixie-updates\n{rest}"


def test_lines_keep_options_comments_and_blanks(image) -> None:
    """In one-line format only the URL changes; a URL with a percent sign is written as apt decodes it."""
    text = list_of("# why", f"deb [arch=amd64 lang=de] {OWN} trixie main # x", f" deb-src\t{OWN}/ trixie main")
    script = WRITE.replace("http://m.example", "http://bob:p%40ss@m.example")
    wanted = text.replace(f"{OWN}/", OWN).replace(OWN, "http://bob:p%2540ss@m.example/debian/")
    assert image(script, a_list=text) == wanted


def test_same_source_in_two_files_moves_in_both(image) -> None:
    """A source that is named twice, with http and https, moves twice; apt reads one, as before."""
    text = f"deb {OWN} trixie main\n"
    both = {"a_list": text, "b_list": text.replace("http:", "https:") + f"deb {OWN} trixie-updates main\n"}
    assert image(WRITE, **both).count("http://m.example/debian/ ") == 3


def test_sources_that_apt_reads_in_another_way_are_not_used(image) -> None:
    """If apt would not read the changed sources as planned, the call fails, with one line."""
    text = f"deb {OWN.replace('debian', '%64ebian')} trixie main\n"
    said = image(WRITE.replace("write all;", "write all || echo unchanged;"), a_list=text)
    assert "unchanged" in said
    assert said.count("apt reads the changed sources in another way") == 1


def test_release_file_of_the_archive_is_probed(image) -> None:
    """The probe asks for the InRelease file of the archive, at the mirror or in the image."""
    script = "apt_sources_release_file default; apt_sources_release_file http://m.example/x/"
    vendor = "deb [signed-by=/v.asc] https://v.example/debian stable main\n"
    wanted = f"{OWN}/dists/trixie/InRelease\nhttp://m.example/x/dists/trixie/InRelease\n"
    assert image(script, a_list=vendor, debian_sources=STOCK) == wanted


def test_release_file_of_a_flat_repository_is_probed(image) -> None:
    """Where no archive is known, the first web source is asked, in the layout that it has."""
    flat = list_of("deb file:/srv x main", "deb http://v.example/a ./")
    assert image("apt_sources_release_file default", a_list=flat) == "http://v.example/a/./InRelease\n"


FAILED = "E: Failed to fetch http://a/dists/x/InRelease"
REFUSED = "http-4xx-other elsewhere 69"
STATUSES = {
    "two blanks": (f"{FAILED}  400  Bad Request [IP: 192.0.2.1 80]", REFUSED),
    "no phrase": (f"{FAILED}  402   [IP: 192.0.2.1 80]", REFUSED),
    "unknown phrase": (f"{FAILED}  418  teapot [IP: ::1 80]", REFUSED),
    "no address": (f"{FAILED}  451  x", REFUSED),
    "409": (f"{FAILED}  409  Conflict [IP: ::1 80]", REFUSED),
    "599": (f"{FAILED}  599  x [IP: 192.0.2.1 80]", "http-5xx elsewhere 75"),
    "apt 3": (f"{FAILED.replace('E:', 'Error:')}  520  x [IP: ::1 80]", "http-5xx elsewhere 75"),
    "warning": (f"{FAILED.replace('E:', 'W:')}  429  x [IP: ::1 80]", "rate-limited elsewhere 75"),
    "no suite": ("Err:2 http://a x Release\n  404  Not Found [IP: 192.0.2.1 80]\n"
                 "E: The repository 'http://a x Release' does not have a Release file.", "not-found elsewhere 69"),
    "outage beside a refusal": (f"{FAILED}  404  x [IP: ::1]\n{FAILED}  502  x [IP: ::1]", "http-5xx elsewhere 75"),
    "deleted package": ("Err:1 http://a x/main amd64 hello amd64 1\n  404  Not Found [IP: ::1]\n"
                        "E: Failed to fetch http://a/pool/h_1.deb  404  Not Found [IP: ::1]", " done 0"),
    "wrong bytes beside a status": (f"{FAILED}  400  x [IP: ::1]\n{FAILED}  Hash Sum mismatch", " done 0"),
    "no status": (f"{FAILED}  Could not connect to a:80 (192.0.2.1). - connect (111: refused)", " done 0"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), STATUSES.values(), ids=STATUSES)
def test_status_of_apt_is_read_by_its_place(sh, tmp_path, text: str, wanted: str) -> None:
    """The number behind the URL decides; text without one, or with wrong bytes, is left to the classifier."""
    text += "\nE: The repository 'x' is not signed."
    script = """finding_clear; LADDER_TEXT=$1/text; printf '%s\\n' "$2" >"$1/text"
    apt_judge || exit; printf '%s\\n' "$FINDING_CLASS $FINDING_VERDICT $FINDING_CODE" """
    assert sh(ROOMS + script, str(tmp_path), text).out == f"{wanted}\n"
