"""scripts/lib/fetch/requirement-specifier.sh: one requirement.

pip's own reading: tests/security/test_requirement_forms.py.
"""

from __future__ import annotations

LOAD = '. "$SEAWALL_LIB/load.sh"; load base attempt verdict ladder fetch; set -f\n'
SPECIFIERS = {
    "idna==3.10": "idna yes no no yes", "idna === 3.10": "idna yes no no yes", "idna[a,b]==3": "idna yes no no yes",
    "idna": "idna no no no yes", "idna>=3": "idna no no no no", "idna==3.*": "idna yes no no no",
    "idna==3 --hash=sha256:0a": "idna yes yes no yes", "idna==3 --hash sha512:0a": "idna yes yes no yes",
    "idna==3 --hash=md5:0a": "idna yes no no no", "idna==3 --hash=sha256:XY": "idna yes yes no no",
    "idna==3 ; python_version > '3' --hash=sha256:0a": "idna yes yes yes yes",
    "idna==3 ; python_version > '3'": "idna yes no no yes", "idna==3 flask": "idna yes no no no",
    "./x-1.0.whl": "- no no no yes", "idna @ https://a/x.zip": "- no no no yes", "x-1.0.tar.gz": "- no no no yes",
    "-e .": "- no no no yes",
}  # fmt: skip
"""A requirement: name, pinned, hashed, marker, clear."""


def test_parts_of_a_requirement(sh):
    """Name, version, hash and marker are found; anything unusual is either not pinned or not clear."""
    script = """for text in "$@"; do requirement_specifier_read "$text"
    echo "${SPECIFIER_NAME:--} $SPECIFIER_PINNED $SPECIFIER_HASHED $SPECIFIER_MARKER $SPECIFIER_CLEAR"; done"""
    seen = sh(LOAD + script, *SPECIFIERS).out.splitlines()
    assert dict(zip(SPECIFIERS, seen, strict=True)) == SPECIFIERS
