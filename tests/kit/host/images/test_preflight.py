"""scripts/lib/host/images/preflight.sh: what a build needs, who serves it, and the exit code."""

from __future__ import annotations

import json

from harness.wire.loopback import refusing, upstream


def test_exit_code_is_that_of_the_worst_need(images):
    """One place that serves a need is enough; what never comes back is worse than an outage."""
    cases = {
        "a:ok": 0, "a:http-5xx a:ok": 0, "a:unread b:unknown": 0, "a:http-5xx": 75, "a:timeout b:not-found": 69,
        "a:not-found b:auth": 77, "a:auth b:http-5xx c:ok": 77, "a:silent": 75,
    }  # fmt: skip
    script = """for rows in "$@"; do
        for row in $rows; do printf 'from\\t%s\\tp\\t%s\\t\\n' "${row%%:*}" "${row#*:}"; done >"$SCRATCH/answers.tsv"
        status=0; preflight_judge || status=$?; printf '%s\\n' "$status"
    done"""
    assert dict(zip(cases, map(int, images(script, *cases).out.split()), strict=True)) == cases


def test_url_of_add_has_the_class_of_its_answer(images):
    """A URL and its mirrors are asked by HEAD, and reported with the words that images have; a variable or a repository
    is not asked.
    """
    with upstream({"/there": b"x"}) as good, upstream({"/a": b"x"}, "503x*") as ill, refusing() as dead:
        urls = [
            f"{good.url}/there",
            f"{good.url}/missing",
            f"{ill.url}/a",
            f"{dead}/a",
            "http://$HOST/a",
            "git@o.example:x",
        ]
        mirrors = f"{dead}/={good.url}/th {good.url}/=http://a:b@mirror.example/"
        script = """for url in "$@"; do printf 'add\\t%s\\n' "$url"; done >"$SCRATCH/needs.tsv"
        preflight_ask; preflight_show_json"""
        result = images(script, *urls, SEAWALL_URL_MIRRORS=mirrors)
        assert [entry.method for entry in good.journal] == ["HEAD"] * 3
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [row["verdict"] for row in rows] == [
        "ok",
        "not-found",
        "http-5xx",
        "connection-refused",
        "not-found",
        "unread",
        "unknown",
    ]
    assert rows[2]["detail"].endswith("answered 503 Service Unavailable"), repr(result)


ADDS = """FROM scratch AS base
ENV V=1.2
ARG DIR=deep/er
FROM base
ARG TARGETARCH
ADD @/v${V}/a @/${TARGETARCH}/b @/${DIR%/*}/c /d/
ADD ["@/json", "/d/"]
ADD --chown=1:1 "@/quoted" /q
RUN <<\\EOF
ADD @/heredoc /x
EOF
"""


def test_urls_of_add_are_those_that_buildkit_fetches(images, tmp_path):
    """Variables of ARG, ENV and the platform, JSON and quoted words: each URL is asked as the builder would ask it."""
    with upstream(dict.fromkeys(("/v1.2/a", "/arm64/b", "/deep/c", "/json", "/quoted"), b"x")) as site:
        (tmp_path / "Dockerfile").write_text(ADDS.replace("@", site.url))
        script = """arguments_read --platform linux/arm64 .
        preflight_list "$1"; preflight_ask; preflight_judge; preflight_show_json"""
        result = images(script, str(tmp_path / "Dockerfile"))
        asked = {entry.path for entry in site.journal}
    assert asked == {"/v1.2/a", "/arm64/b", "/deep/c", "/json", "/quoted"}
    assert {json.loads(line)["verdict"] for line in result.out.splitlines()} == {"ok"}


def test_line_that_cannot_be_read_is_a_row(images, tmp_path):
    """The row has the line number and what the line lacks; a URL with a variable of the base image is left open."""
    (tmp_path / "Dockerfile").write_text(
        "FROM 127.0.0.1:1/x\nADD https://e.example/$FROM_BASE /x\nCOPY --from=a|b / /\n"
    )
    script = 'arguments_read .; preflight_list "$1"; preflight_ask; preflight_show_json'
    rows = [json.loads(line) for line in images(script, str(tmp_path / "Dockerfile")).out.splitlines()]
    assert [(row["what"], row["verdict"]) for row in rows if row["needs"] != "from"] == [
        ("https://e.example/$FROM_BASE", "unread"),
        ("line 3: wanted the name of an image, saw 'a|b'", "unread"),
    ]


def test_table_is_aligned(images):
    """Columns begin at the same place in every row."""
    rows = ("from\ta\tlong.example\tok\tsha256:1", "syntax\tlonger\tb\ttimeout\t")
    script = """printf '%s\\n' "$@" >"$SCRATCH/answers.tsv"; preflight_show_table"""
    assert images(script, *rows).out.splitlines() == [
        "needs   what    place         verdict  detail",
        "from    a       long.example  ok       sha256:1",
        "syntax  longer  b             timeout",
    ]
