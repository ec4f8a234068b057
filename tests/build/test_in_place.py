"""The kit without a changed call: its plugin in front of the real one; and buildx attached to a terminal."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from harness.builds.builder import asked, config_with_plugin
from harness.machine.load import allowed
from harness.machine.run import Result, run
from harness.machine.terminal import on_a_terminal

COSTS_S = 0.010


@dataclass(frozen=True)
class Place:
    """A user's docker configuration with the plugin."""

    env: dict[str, str]
    plugins: Path
    kit: Path
    events: Path

    def docker(self, *words: str | Path, **settings: str) -> Result:
        return run(["docker", *words], env=self.env | settings, cwd=self.events.parent)

    def install(self, *words: str) -> Result:
        return run([self.kit / "install-plugin.sh", *words], env=self.env)


@pytest.fixture
def place(builder, tmp_path) -> Place:
    """Real docker with its own configuration, and the real plugin in the folder that docker searches."""
    config = tmp_path / "docker"
    plugins = config_with_plugin(builder.env, config)
    env = builder.env | {
        "DOCKER_CONFIG": str(config), "SEAWALL_STATE": str(tmp_path / "state"), "SEAWALL_CONF": "/dev/null",
        "SEAWALL_EVENTS": str(tmp_path / "events.jsonl"),
    }  # fmt: skip
    return Place(env, plugins, builder.kit, tmp_path / "events.jsonl")


CALLS = [
    "build",
    "buildx --builder default -D build",
    "-H ENGINE buildx b",
    *(
        pytest.param(call, marks=pytest.mark.long)
        for call in (
            "-lerror --context=default builder build",
            "build --label a=b --",
            "--config FOLDER build",
            "-D image build",
            "--config=FOLDER --debug=false buildx build",
            "-HENGINE build",
            "-H=ENGINE image build",
            "-DH ENGINE build",
            "--host ENGINE --log-level warn build -qD",
            "--host=ENGINE --tls=false builder build",
            "-c default build",
            "-c=default buildx -D=true build",
            "-Dl error buildx --builder=default b",
            "--debug --tlscacert=/none --tls=false build",
            "-D --context default image build --builder default",
            "buildx --debug build --builder=default --progress=plain",
        )
    ),
]
"""Docker's global flags, and those of buildx, in front of a build and behind it."""


class TestPlugin:
    """Real docker, and real buildx behind the kit's plugin."""

    @pytest.mark.parametrize("call", CALLS)
    def test_builds_go_through_the_kit(self, place, registry, context, tmp_path, call):
        """After install-plugin.sh, each form of `docker build` fails over to the mirror without a changed call."""
        own, mirror = registry(manifest="503x*"), registry()
        shutil.copytree(place.env["DOCKER_CONFIG"], tmp_path / "plain", symlinks=True)
        assert place.install().rc == 0
        outcomes = []
        for config in (str(tmp_path / "plain"), place.env["DOCKER_CONFIG"]):
            words = call.replace("ENGINE", place.env["DOCKER_HOST"]).replace("FOLDER", config).split()
            env = place.env | {"DOCKER_CONFIG": config}
            # A flag in front takes the place of the variable.
            for name, word in (("DOCKER_HOST", "ENGINE"), ("DOCKER_CONFIG", "FOLDER")):
                env = {key: value for key, value in env.items() if word not in call or key != name}
            mirrors = f"{own.host}={mirror.host}"
            outcomes.append(replace(place, env=env).docker(*words, context(own.host), SEAWALL_REGISTRY_MIRRORS=mirrors))
        plain, result = outcomes
        assert asked(mirror, "blob") > 0, mirror.journal.table()
        assert (plain.rc, result.rc) == (1, 0), f"{plain!r}\n{result!r}"
        assert f"docker-build: warn: {own.host}/team/hello:1: {own.host} answered 503" in result.err

    def test_global_flags_reach_the_build(self, place, builder, registry, context):
        """`docker --host` in front of `buildx build` chooses the engine for the kit as well."""
        assert place.install().rc == 0
        env = {name: value for name, value in place.env.items() if name != "DOCKER_HOST"}
        host, own = place.env["DOCKER_HOST"], registry()
        result = replace(place, env=env).docker("--host", host, "buildx", "build", context(own.host))
        assert asked(own, "blob") > 0, own.journal.table()
        assert '"event":"attempt"' in place.events.read_text()
        assert result.rc == 0, repr(result)

    def test_other_subcommands_run_the_real_plugin_at_no_cost(self, place, tmp_path):
        """`docker buildx version` prints the same and takes as long as without the kit."""
        shutil.copytree(place.env["DOCKER_CONFIG"], tmp_path / "plain", symlinks=True)
        without = replace(place, env=place.env | {"DOCKER_CONFIG": str(tmp_path / "plain")})
        assert place.install().rc == 0
        # In turns, so that a slow moment of the machine hits both.
        pairs = [(without.docker("buildx", "version"), place.docker("buildx", "version")) for _ in range(12)]
        plain, ours = zip(*pairs, strict=True)
        assert {result.out for result in plain} == {result.out for result in ours}
        assert min(r.seconds for r in ours) - min(r.seconds for r in plain) <= allowed(3 * COSTS_S)
        assert not place.events.exists()

    def test_second_install_changes_nothing_and_uninstall_restores_the_plugin(self, place):
        """Installing twice equals installing once, and uninstalling restores the user's own plugin."""
        before = os.readlink(place.plugins / "docker-buildx")
        assert (place.install().rc, place.install().rc) == (0, 0)
        assert os.readlink(place.plugins / ".seawall" / "docker-buildx") == before
        assert place.install("--uninstall").rc == 0
        assert os.readlink(place.plugins / "docker-buildx") == before
        assert [path.name for path in place.plugins.iterdir()] == ["docker-buildx"]
        assert place.install("--uninstall").rc == 0
        assert (place.plugins / "docker-buildx").exists()

    @pytest.mark.parametrize("broken", ["gone", "syntax"])
    def test_broken_kit_falls_back_to_the_real_plugin(self, place, registry, context, tmp_path, broken):
        """If the kit was deleted or damaged, `docker build` runs plain buildx."""
        shutil.copytree(place.kit, tmp_path / "kit")
        assert replace(place, kit=tmp_path / "kit").install().rc == 0
        if broken == "gone":
            shutil.rmtree(tmp_path / "kit")
        else:
            (tmp_path / "kit" / "lib" / "ladder" / "ladder.sh").write_text("if\n")
        own = registry()
        result = place.docker("build", context(own.host))
        assert asked(own, "blob") > 0, repr(result)
        assert not place.events.exists()
        assert result.rc == 0, repr(result)

    def test_seawall_off_runs_the_real_plugin(self, place, registry, context):
        """SEAWALL=off turns the plugin off: the build fails as with plain buildx, and no event is written."""
        assert place.install().rc == 0
        own = registry(manifest="503x*")
        result = place.docker("build", context(own.host), SEAWALL="off")
        assert asked(own) > 0, own.journal.table()
        assert not place.events.exists()
        assert result.rc == 1, repr(result)

    def test_folder_that_docker_does_not_search_is_refused(self, place, tmp_path):
        """Installing into a folder where docker finds no plugins ends with code 71 and changes nothing."""
        result = place.install("--folder", str(tmp_path / "elsewhere"))
        assert (result.rc, result.err.count("\n")) == (71, 1), repr(result)
        assert not (tmp_path / "elsewhere" / "docker-buildx").exists()


class TestTerminal:
    """buildx draws its own progress; the kit reads the log from buildx's history."""

    @pytest.fixture
    def draw(self, builder, tmp_path):
        """Builds on a terminal."""

        def call(folder: Path, **settings: str) -> tuple[int, str]:
            env = builder.env | {
                "SEAWALL_STATE": str(tmp_path / "state"), "SEAWALL_CONF": "/dev/null", "SEAWALL_SEED": "84",
                "SEAWALL_EVENTS": str(tmp_path / "events.jsonl"), "SEAWALL_REGISTRY_MIRRORS": "none",
            } | settings  # fmt: skip
            return on_a_terminal([builder.kit / "docker-build.sh", folder], env, 60)

        return call

    def test_buildx_draws_its_progress(self, draw, registry, context):
        """On a terminal the user sees buildx's own progress display."""
        own = registry()
        code, seen = draw(context(own.host))
        assert asked(own, "blob") > 0, own.journal.table()
        assert code == 0, seen
        assert re.search(r"\[\+\] Building [0-9.]+s", seen)

    def test_failing_step_is_classified_from_the_history(self, draw, builder, registry, context):
        """On a terminal a mistake in the Dockerfile is classified by buildx's history, and is not retried."""
        code, seen = draw(context(registry().host, "FROM HOST/team/hello:1\nCOPY nothing /x\n"))
        assert (code, [event["class"] for event in builder.events("attempt")]) == (1, ["dockerfile-syntax"]), seen

    def test_stalled_layer_is_retried_at_the_mirror(self, draw, builder, registry, context):
        """On a terminal a stalled layer ends the attempt, and the mirror serves the second one."""
        own, mirror = registry(blob="ok -> stall@100000x*"), registry()
        code, seen = draw(context(own.host), SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
        assert "stall" in {entry.ending for entry in own.journal}, own.journal.table()
        assert asked(mirror, "blob") > 0, mirror.journal.table()
        assert (code, [event["class"] for event in builder.events("attempt")]) == (0, ["timeout", ""]), seen
