"""scripts/lib/scratch.sh and trust.sh: a folder that goes with the command; certificates beside the image's."""

from __future__ import annotations

from pathlib import Path

import pytest

TRUST = 'for module in log exit scratch trust; do . "$LIB/$module.sh"; done\nLOG_NAME=trust\n'
NAMES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS")


def test_scratch_is_made_for_us_alone_and_removed(sh):
    result = sh(TRUST + 'scratch_make; ls -ld "$SCRATCH"; printf "%s\\n" "$SCRATCH"; scratch_remove')
    shown, folder = result.out.splitlines()
    assert shown.startswith("drwx------")
    assert not Path(folder).exists()


def test_nothing_is_removed_where_nothing_was_made(sh):
    assert sh(TRUST + "scratch_remove").rc == 0


def test_secret_is_used_beside_the_images_own_store(sh, tmp_path):
    (tmp_path / "secret").write_text("COMPANY\n")
    (tmp_path / "store").write_text("PUBLIC\n")
    script = (
        TRUST
        + 'SCRATCH=$1 TRUST_SECRET=$1/secret; trust_find_store() { printf "%s\\n" "$STORE"; }; trust_use_secret; env'
    )
    result = sh(script, str(tmp_path), env={"STORE": str(tmp_path / "store")})
    env = dict(line.split("=", 1) for line in result.out.splitlines() if "=" in line)
    assert {env[name] for name in NAMES} == {str(tmp_path / "ca.crt")}
    assert (tmp_path / "ca.crt").read_text() == "PUBLIC\nCOMPANY\n"


@pytest.mark.parametrize("name", NAMES)
def test_without_a_secret_nothing_is_changed(sh, tmp_path, name):
    result = sh(
        TRUST + f'TRUST_SECRET=/nonexistent SCRATCH=$1; trust_use_secret; printf "%s" "${{{name}:-}}"',
        str(tmp_path),
        env={name: "own"},
    )
    assert result.out == "own"
    assert list(tmp_path.iterdir()) == []
