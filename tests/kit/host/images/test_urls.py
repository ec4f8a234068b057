"""scripts/lib/host/images/urls.sh: mirrors of a URL of ADD, and the URLs that a failed build names."""

from __future__ import annotations

from pathlib import Path

MIRRORS = "https://a.example/=https://m.example/a/ https://a.example/x/=https://n.example/ none https://a.example/=http://h.example/"
LISTED = {
    "https://a.example/x/t": "https://m.example/a/x/t https://n.example/t http://h.example/x/t",
    "https://b.example/t": "",
    "https://me:w@a.example/t": "",
    "https://a.example/t?sig=1": "",
    "https://a.example/x/../../t": "",
    "https://a.example/x/%2e%2E/t": "",
    "https://a.example/*/t": "",
}
"""URLs and their mirrors."""


def test_mirrors_of_a_url(images):
    """Each pair whose prefix fits gives a mirror; none for a URL that may hold a login or lead out of the mirror."""
    script = 'for url in "$@"; do urls_mirrors "$url"; printf "\\n"; done'
    printed = images(script, *LISTED, SEAWALL_URL_MIRRORS=MIRRORS).out.splitlines()
    assert [line.strip() for line in printed] == list(LISTED.values())


def test_https_only_and_logins_leave_mirrors_out(images):
    """A mirror by http breaks the rule; one with a login would stand in the provenance of the image."""
    pairs = f"{MIRRORS} https://a.example/=https://me:w@l.example/"
    script = 'urls_mirrors "$1"'
    printed = images(script, "https://a.example/t", SEAWALL_URL_MIRRORS=pairs, SEAWALL_HTTPS_ONLY="on").out
    assert printed.split() == ["https://m.example/a/t"]


PROGRESS = r"""
#3 [internal] load .dockerignore
#3 DONE 0.0s
#4 [2/4] ADD --chmod=755    https://a.example/tool    https://b.example/y /x/
#4 ERROR: invalid response status 503
#5 [linux/arm64 build 1/4] ADD --checksum=sha256:00 [https://a.example/json, /t]
#5 CANCELED
#6 [two 3/4] ADD https://c.example/other /x/
#7 [3/4] RUN echo ADD https://d.example/run
#7 0.100 #8 [4/4] ADD https://e.example/printed /x
#9 [4/4] ADD https://a.example/done /x/
#9 DONE 0.1s
"""
SAID = {
    PROGRESS: [
        "failed free https://a.example/tool",
        "failed free https://b.example/y",
        "beside pinned https://a.example/json",
    ],
    PROGRESS.replace("#4 ERROR: invalid response status 503", "#4 DONE 0.1s"): [
        "failed pinned https://a.example/json",
        "failed free https://c.example/other",
    ],
    PROGRESS.replace("#4 ERROR", "#7 ERROR"): [],
}
"""Progress, and what it says about URLs: a failed step, a build that was ended, a failed step of another kind."""


def test_failed_urls_are_those_of_add(images, tmp_path: Path):
    """The steps of BuildKit name the URL with its variables expanded; what a RUN step prints names nothing."""
    for text, wanted in SAID.items():
        (tmp_path / "progress").write_text(text)
        result = images('awk -f "$LIB/host/images/urls.awk" "$1"', str(tmp_path / "progress"))
        assert result.out.splitlines() == wanted, text
