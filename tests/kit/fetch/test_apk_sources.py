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


def test_repositories_of_the_distribution_move_to_the_mirror(sh):
    """URLs with a release get the mirror's address; comments, paths and other repositories stay."""
    result = sh(f"{LOAD}apk_sources_point https://m.example.org/a/", stdin=REPOSITORIES)
    assert (result.out, result.err) == (POINTED, "")


@pytest.mark.parametrize("mirror", ["default", "m.example.org", "https://m.example.org/a b", "ftp://m.example.org/"])
def test_anything_but_a_url_changes_nothing(sh, mirror):
    """`default` and a text that is not a web URL leave the repositories as they are."""
    assert sh(LOAD + 'apk_sources_point "$1"', mirror, stdin=REPOSITORIES).out == REPOSITORIES + "\n"


def test_first_repository_on_a_web_server_is_probed(sh):
    """The probe gets the first URL, without its tag."""
    assert sh(f"{LOAD}apk_sources_first", stdin="/media\n@edge http://a/edge/x\nhttp://b\n").out == "http://a/edge/x\n"


def test_messages_become_those_of_other_clients(sh):
    """A mirror's failure gets the words of the classifier; a message without one gets none."""
    script = 'for text in "$@"; do printf "%s|" "$(printf "%s\\n" "$text" | apk_sources_translate)"; done'
    assert sh(LOAD + script, *MESSAGES).out.split("|")[:-1] == list(MESSAGES.values())
