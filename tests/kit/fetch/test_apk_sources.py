"""scripts/lib/fetch/apk-sources.sh: the repositories of an image at a mirror, and apk's messages for the classifier."""

from __future__ import annotations

import pytest

LOAD = '. "$SEAWALL_LIB/load.sh"; load base attempt verdict ladder fetch\n'
REPOSITORIES = """# all
/media/cdrom
https://dl.example.org/alpine/v3.22/main
@edge  http://dl.example.org/edge/testing
https://dl.example.org/latest-stable/community
https://repo.example.org/our/packages"""
POINTED = """# all
/media/cdrom
https://m.example.org/a/v3.22/main
@edge https://m.example.org/a/edge/testing
https://m.example.org/a/latest-stable/community
https://repo.example.org/our/packages
"""
MESSAGES = {
    "WARNING: fetching https://m/x: could not connect to server (check repositories file)": "Connection refused",
    "140:error:0A000086:SSL routines:tls_post_process": "TLS handshake failure",
    "ERROR: https://m/x: remote server returned error (try 'apk update')": "502 Bad Gateway",
    "WARNING: fetching https://m/x: Permission denied": "403 Forbidden",
    "ERROR: jq-1.7-r0: Permission denied": "403 Forbidden",
    "WARNING: opening https://m/x: No such file or directory": "404 Not Found",
    "ERROR: jq-1.7-r0: IO ERROR": "unexpected end of file",
    "ERROR: jq-1.7-r0: package file format error": "BAD archive",
    "ERROR: unable to select packages:": "",
}


POINT = 'cat >"$2/own"; apk_sources_find <"$2/own"; apk_sources_point "$1" <"$2/own"'


def test_repositories_of_the_distribution_move_to_the_mirror(sh, tmp_path):
    """URLs with a release get the mirror's address; comments, paths and other repositories stay."""
    result = sh(LOAD + POINT, "https://m.example.org/a/", str(tmp_path), stdin=REPOSITORIES)
    assert (result.out, result.err) == (POINTED, "")


VENDORS = {
    "vendor with the same path, listed later": (
        "http://dl.alpine.example/alpine/v3.22/main\n@v https://v.example/packages/alpine/v3.22/main\n",
        "https://m/a/v3.22/main\n@v https://v.example/packages/alpine/v3.22/main\n",
    ),
    "vendor with the same path, listed first": (
        "https://v.example/packages/alpine/v3.22/main\nftp://dl.alpine.example/alpine/v3.22/community\n",
        "https://v.example/packages/alpine/v3.22/main\nhttps://m/a/v3.22/community\n",
    ),
    "mirror of a company, and a vendor": (
        "https://bob:x@corp.example/alpine/v3.22/main\nhttps://v.example/alpine/v3.22/main\n",
        "https://m/a/v3.22/main\nhttps://v.example/alpine/v3.22/main\n",
    ),
    "lookalike of the home page": (
        "http://notalpine.example/alpine/v3.22/main\nhttp://alpine.example:8080/alpine/v3.22/main\n",
        "http://notalpine.example/alpine/v3.22/main\nhttps://m/a/v3.22/main\n",
    ),
}


@pytest.mark.parametrize(("text", "wanted"), VENDORS.values(), ids=VENDORS)
def test_repository_of_a_vendor_is_left_alone(sh, tmp_path, text, wanted):
    """Only the repositories at the distribution's own host move, whatever path another repository has."""
    (tmp_path / "release").write_text('ID=alpine\nHOME_URL="https://www.alpine.example/"\n')
    script = f"{LOAD}APK_SOURCES_SYSTEM=$2/release; {POINT}"
    assert sh(script, "https://m/a", str(tmp_path), stdin=text).out == wanted


def test_every_file_of_repositories_is_read(sh, tmp_path):
    """Files of repositories.d count too, each with its last line, as apk reads them."""
    (tmp_path / "etc/apk/repositories.d").mkdir(parents=True)
    (tmp_path / "etc/apk/repositories").write_text("http://a/v3.22/main")
    for name, text in (("b.list", "http://b/x\n"), ("a.list", ""), ("c.txt", "http://c/x\n")):
        (tmp_path / "etc/apk/repositories.d" / name).write_text(text)
    assert sh(LOAD + 'apk_sources_print "$1"', str(tmp_path)).out == "http://a/v3.22/main\nhttp://b/x\n"


@pytest.mark.parametrize("mirror", ["default", "m.example.org", "https://m.example.org/a b", "ftp://m.example.org/"])
def test_anything_but_a_url_changes_nothing(sh, tmp_path, mirror):
    """`default` and a text that is not a web URL leave the repositories as they are."""
    assert sh(LOAD + POINT, mirror, str(tmp_path), stdin=REPOSITORIES).out == REPOSITORIES + "\n"


def test_repositories_on_web_servers_are_found(sh):
    """The probe gets the first URL, without its tag."""
    found = sh(f"{LOAD}apk_sources_urls", stdin="/media\n@edge http://a/edge/x\nhttp://b\n").out
    assert found == "http://a/edge/x\nhttp://b\n"


def test_messages_become_those_of_other_clients(sh):
    """A mirror's failure gets the words of the classifier; a message without one gets none."""
    script = 'for text in "$@"; do printf "%s|" "$(printf "%s\\n" "$text" | apk_sources_translate)"; done'
    assert sh(LOAD + script, *MESSAGES).out.split("|")[:-1] == list(MESSAGES.values())
