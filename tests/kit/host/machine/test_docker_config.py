"""scripts/lib/host/machine/docker-config.sh: the folder of the Docker client's configuration."""

from __future__ import annotations

import pytest

SCRIPT = (
    '. "$SEAWALL_LIB/load.sh"; load base attempt host/machine; [ "$HOME" != "" ] || unset HOME; docker_config_folder'
)


@pytest.mark.parametrize(
    ("env", "folder"),
    [
        ({"DOCKER_CONFIG": "/a b", "HOME": "/h"}, "/a b"),
        ({"DOCKER_CONFIG": "", "HOME": "/h"}, "/h/.docker"),
        ({"DOCKER_CONFIG": "", "HOME": ""}, "/root/.docker"),
    ],
    ids=["named", "home", "nothing"],
)
def test_folder_is_the_one_that_docker_uses(sh, env, folder):
    """DOCKER_CONFIG first, then .docker in the home folder."""
    assert sh(SCRIPT, env=env).out == f"{folder}\n"
