"""scripts/lib/base/redact.sh: which text is examined at all. Each kind of secret: tests/security/test_redaction.py."""

from __future__ import annotations

LOAD = '. "$SEAWALL_LIB/load.sh"; load base\n'
PLAIN = ["", "attempt 2 of 3", "https://a.example.org/x", "x@sha256:00", "a.b-c_d"]
SECRET = {
    "https://bob:hunter2@a.example.org/x": "https://***@a.example.org/x",
    "https://a.example.org/x?sig=hunter2": "https://a.example.org/x?***",
    "Authorization: Basic aHVudGVyMg==": "Authorization: ***",
    "--password hunter2 --token hunter2 x": "--password *** --token *** x",
    "--token --password hunter2": "--token *** ***",
    "X-Job-Token: hunter2": "X-Job-Token: ***",
    "ghp_0123456789abcdef sk-test-0123456789": "*** ***",
    "API_KEY=hunter2 _auth=hunter2": "API_KEY=*** _auth=***",
}


def test_text_without_a_secret_costs_no_process(sh):
    """Lines without anything like a secret are printed without a call of sed."""
    result = sh(f'{LOAD}sed() {{ echo sed >&2; }}; for text in "$@"; do redact_text "$text"; done', *PLAIN)
    assert (result.out, result.err) == ("".join(f"{text}\n" for text in PLAIN), "")


def test_secret_is_replaced_and_stays_so(sh):
    """Secrets become ***, in a text and in a stream, and redacting the result again changes nothing."""
    script = 'for text in "$@"; do redact_text "$text"; done; printf "%s\\n" "$@" | redact_stream | redact_stream'
    wanted = "".join(f"{text}\n" for text in SECRET.values())
    assert sh(LOAD + script, *SECRET).out == wanted * 2
