"""scripts/lib/fetch/pip-config.sh: the index and other values of pip's configuration."""

from __future__ import annotations

import pytest

LOAD = '. "$SEAWALL_LIB/load.sh"; load base attempt verdict ladder fetch\n'
CONF = """# why
[global]
index-url = https://a/simple
--Trusted_Host:
  a.example.org
  # not this one
  b.example.org
[download]
index-url = https://d/simple
[install]
Index-Url=https://b/simple
"""


@pytest.fixture
def conf(tmp_path):
    path = tmp_path / "pip.conf"
    path.write_text(CONF)
    return {"PIP_CONFIG_FILE": str(path)}


def test_values_are_read_in_each_form(sh, conf):
    """Spelling and continued lines are pip's; the section `install` comes after `global`, others do not count."""
    result = sh(f"{LOAD}pip_config_values trusted-host; pip_config_values index-url", env=conf)
    assert result.out.split() == ["a.example.org", "b.example.org", "https://a/simple", "https://b/simple"]


def test_index_of_the_environment_wins(sh, conf):
    """PIP_INDEX_URL comes before pip's files, and the last value of these before others."""
    result = sh(f"{LOAD}pip_config_index pip; PIP_INDEX_URL=https://e/simple; pip_config_index pip", env=conf)
    assert result.out.split() == ["https://b/simple", "https://e/simple"]


def test_dev_null_switches_the_files_off(sh, tmp_path):
    """As for pip, PIP_CONFIG_FILE=/dev/null means that no file is read."""
    (tmp_path / ".config/pip").mkdir(parents=True)
    (tmp_path / ".config/pip/pip.conf").write_text(CONF)
    script = 'pip_config_index pip; PIP_CONFIG_FILE=/dev/null; printf "<%s>" "$(pip_config_index pip)"'
    assert sh(LOAD + script).out == "https://b/simple\n<>"
