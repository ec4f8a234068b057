"""scripts/lib/verdict/status.sh: one class for a status, whoever received it."""

from __future__ import annotations

import re
from pathlib import Path

LOAD = '. "$LIB/load.sh"; load base attempt verdict\n'
STATUSES = {
    "401": "auth", "403": "auth", "404": "not-found", "410": "not-found", "407": "proxy", "408": "timeout",
    "429": "rate-limited", "418": "http-4xx-other", "451": "http-4xx-other", "302": "http-4xx-other",
    "500": "http-5xx", "503": "http-5xx", "599": "http-5xx", "": "other", "6": "other", "2000": "other",
}  # fmt: skip
RULE = re.compile(r"^\^@exit \(?([0-9|]+)\)?\$\tcurl\t([a-z-]+)\t", re.MULTILINE)


def test_status_has_one_class(sh):
    """A registry, a cache and a URL of ADD that answer 403 are all reported as `auth`."""
    result = sh(LOAD + 'for status in "$@"; do status_class "$status"; done', *STATUSES)
    assert dict(zip(STATUSES, result.out.splitlines(), strict=True)) == STATUSES, repr(result)


def test_exit_codes_of_curl_agree_with_the_rules_of_the_classifier(sh, kit: Path):
    """The class of a download does not depend on whether the kit or a RUN step called curl."""
    rules = {
        code: found[2]
        for found in RULE.finditer((kit / "lib" / "verdict" / "rules.tsv").read_text())
        for code in found[1].split("|")
    }
    assert len(rules) > 5
    script = 'for code in "$@"; do status_class_of_curl "$code" || printf "%s\\n" "text"; done'
    seen = dict(zip(rules, sh(LOAD + script, *rules).out.splitlines(), strict=True))
    assert {code for code, name in seen.items() if name not in (rules[code], "text")} == set(), (seen, rules)


def test_code_with_several_causes_is_left_to_the_message(sh, tmp_path: Path):
    """Code 56 of curl is a closed connection or a proxy that refuses; the message tells them apart."""
    messages = {
        "56 Recv failure: Connection reset by peer": "connection-reset",
        "56 Received HTTP code 407 from proxy after CONNECT": "proxy",
        "35 OpenSSL SSL_connect: Connection reset by peer in connection to example.org:443": "connection-reset",
    }
    script = """for message in "$@"; do
        code=${message%% *}
        ! status_class_of_curl "$code" || exit 9
        printf 'curl: (%s) %s\\n' "$code" "${message#* }" >message
        status_class_of_text message curl "$code"
    done"""
    result = sh(LOAD + script, *messages, cwd=tmp_path)
    assert dict(zip(messages, result.out.splitlines(), strict=True)) == messages, repr(result)
