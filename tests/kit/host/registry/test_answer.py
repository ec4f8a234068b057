"""scripts/lib/host/registry/answer.sh: the class and the words of a response."""

from __future__ import annotations

from pathlib import Path

LOAD = '. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry\n'
SCRIPT = """
printf 'curl: (%s) Could not resolve host: x\\nMore details\\n' 6 >a.why
while read -r code status; do
    HTTP_STATUS=$status
    printf '%s|%s\\n' "$(answer_class "$code" a)" "$(answer_words "$code" a example.org)"
done
"""
CASES = {
    "0 200": "|example.org answered 200",
    "0 503": "http-5xx|example.org answered 503 Service Unavailable",
    "0 429": "rate-limited|example.org answered 429 Too Many Requests",
    "0 418": "http-4xx-other|example.org answered 418",
    "0": "other|example.org sent a response without a status",
    "6": "dns|example.org: Could not resolve host: x",
    "28": "timeout|example.org did not answer within 3 s (timeout)",
    "63 200": "http-4xx-other|example.org sent a response that exceeds the size limit",
}


def test_response_has_a_class_and_a_sentence(sh, tmp_path: Path):
    """The log names the host and what it did."""
    result = sh(LOAD + SCRIPT, cwd=tmp_path, stdin="".join(f"{case}\n" for case in CASES))
    assert result.out.splitlines() == list(CASES.values()), repr(result)


def test_status_is_compared_as_a_whole(sh):
    """A client that got no response has no status, which is none of those asked for."""
    script = """HTTP_STATUS=404; answer_is 410 404 && printf yes; ! answer_is 40 04 || printf no
    HTTP_STATUS=; ! answer_is 404 '' || printf no
    HTTP_AFTER= HTTP_URL=; answer_details; HTTP_AFTER=7 HTTP_URL=http://x; answer_details"""
    assert sh(LOAD + script).out == "yeshttp://x\nRetry-After: 7\n"
