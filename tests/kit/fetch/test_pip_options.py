"""scripts/lib/fetch/pip-options.sh: options in all their forms.

pip's own reading: tests/security/test_requirement_forms.py.
"""

from __future__ import annotations

LOAD = '. "$SEAWALL_LIB/load.sh"; load base attempt verdict ladder fetch\n'
WORDS = {
    ("pip", "idna"): "argument idna no -", ("pip", "--"): "end - no -", ("pip", "-"): "argument - no -",
    ("pip", "--target=x"): "target x no -", ("pip", "--target"): "target - yes -", ("pip", "--pre"): "pre - no -",
    ("pip", "--pre=x"): "unknown - no -", ("pip", "--require-h"): "require-hashes - no -",
    ("pip", "--require"): "unknown - no -", ("pip", "--pypi-url=x"): "index-url x no -",
    ("pip", "-rpins"): "requirement pins no -", ("pip", "-Ur"): "requirement - yes U", ("pip", "-qq"): "flags - no qq",
    ("pip", "-z"): "unknown - no -", ("file", "--target=x"): "unknown - no -", ("file", "--hash=x"): "hash x no -",
    ("uv", "--require-h"): "unknown - no -", ("uv", "--default-index=x"): "index-url x no -",
    ("uv", "--constraints"): "constraint - yes -", ("uv", "-r=pins"): "requirement pins no -",
}  # fmt: skip
"""Tool and word: option, value, whether the next word is the value, flags before."""


def test_each_form_of_an_option_is_read(sh):
    """Prefixes, combined letters and both forms of a value are understood; anything else is unknown."""
    script = """while [ $# -gt 0 ]; do pip_options_read "$1" "$2"; shift 2
    echo "$PIP_OPTION ${PIP_VALUE:--} $PIP_WANTS ${PIP_FLAGS:--}"; done"""
    seen = sh(LOAD + script, *(word for pair in WORDS for word in pair)).out.splitlines()
    assert dict(zip(WORDS, seen, strict=True)) == WORDS
