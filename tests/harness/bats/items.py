"""Collects a .bats file and its items."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.bats import source, tap
from harness.bats.hooks import Variant
from harness.bats.runs import WAITS, Bats, Run, digest

FOCUS = "bats:focus"
TAKES_WORDS = frozenset(
    {"bats_tag", "filterwarnings", "parametrize", "skip", "skipif", "timeout", "usefixtures", "xdist_group", "xfail"}
)
"""Markers with a meaning in pytest: a tag of this name does not become a marker."""


def variants_of(config: pytest.Config, path: Path) -> list[Variant]:
    """The variants in which this file runs."""
    return list(config.hook.pytest_bats_variants(path=path) or [Variant()])


def batses(config: pytest.Config) -> list[Bats]:
    """The bats programs to run with."""
    return [Bats(command) for command in config.getoption("--bats-bin") or ["bats"]]


def suffix(variant: Variant, bats: Bats, *, many: bool) -> str:
    """The suffix of a run's item names: the variant, and the version of bats if there are several."""
    words = [word for word in (variant.name, bats.version if many else "") if word]
    return f"[{'-'.join(words)}]" if words else ""


def body(bats_env: dict[str, str]) -> None:
    """A dummy test function that gives items their fixtures; BatsItem does the work."""


class BatsFile(pytest.Module):
    """A .bats file. It is a Module, so that fixtures of module scope last as long as its tests."""

    obj = None

    def collect(self) -> Iterator[BatsItem]:
        """One item per test, variant and bats; tests that bats itself registers are found by running the file."""
        text = self.path.read_text(errors="replace")
        tests = source.tests_of(text)
        if any(FOCUS in test.tags for test in tests):
            raise self.CollectError(f"{self.path}: the tag {FOCUS} hides all other tests: remove it")
        if unclear := [test.name for test in tests if "# skip" in test.name.lower()]:
            raise self.CollectError(
                f"{self.path}: bats takes '# skip' in '{unclear[0]}' for a directive: rename the test"
            )
        dynamic = source.registers(text)
        if not tests and not dynamic:
            raise self.CollectError(f"{self.path}: wanted tests, saw none")
        programs = batses(self.config)
        for bats in programs:
            counted = len(tests) if bats.missing else self._counted(bats, text)
            if dynamic and counted == len(tests):
                raise self.CollectError(
                    f"{self.path}: bats {bats.version} runs nothing of what bats_test_function registers"
                )
            for variant in variants_of(self.config, self.path):
                names = tuple(test.name for test in tests)
                waits = not dynamic and any(WAITS in test.tags for test in tests)
                run = Run(bats, self.path, self.config.rootpath, variant, names, waits)
                if counted != len(tests) and not variant.absent:
                    yield from self._dynamic_items(run, tests, many=len(programs) > 1)
                else:
                    for test in tests:
                        yield self._item(run, test, many=len(programs) > 1)

    def _counted(self, bats: Bats, text: str) -> int:
        """The number of tests that bats counts; cached until the text changes."""
        cache = getattr(self.config, "cache", None)
        key, now = f"bats/{digest(str(self.path), bats.command)[:20]}", digest(text, bats.version)
        kept = cache.get(key, None) if cache else None
        if isinstance(kept, dict) and kept.get("content") == now:
            return int(kept["count"])
        ended = Run(bats, self.path, self.config.rootpath, variants_of(self.config, self.path)[0], ()).count({})
        if ended.rc or not ended.out.strip().isdigit():
            said = "\n".join(part for part in (ended.out.strip(), ended.err.strip()) if part)
            raise self.CollectError(f"{self.path}: bats {bats.version} cannot count its tests\n{said}")
        if cache:
            cache.set(key, {"content": now, "count": int(ended.out)})
        return int(ended.out)

    def _dynamic_items(self, run: Run, tests: tuple[source.Test, ...], *, many: bool) -> Iterator[BatsItem]:
        """One item per result of a run that happens now."""
        run.names = ()
        run.go({}, [], timeout_of(self.config))
        assert run.stream
        if why := run.trouble or run.stream.gap:
            raise self.CollectError(f"{self.path}: its tests are known by running them only, and that failed\n{why}")
        if not run.stream.points:
            raise self.CollectError(f"{self.path}: wanted tests, saw none")
        known = {test.name: test for test in tests}
        for number, point in sorted(run.stream.points.items()):
            match = tap.SKIP.search(point.text)
            name = point.text[: match.start()] if match else point.text
            item = self._item(run, known.get(name, source.Test(name, 1)), many=many)
            item.number = number
            item.add_marker(pytest.mark.dynamic)
            yield item

    def _item(self, run: Run, test: source.Test, *, many: bool) -> BatsItem:
        end = suffix(run.variant, run.bats, many=many)
        item = BatsItem.from_parent(self, name=f"{test.name}{end}", callobj=body, run=run, test=test)
        for tag in test.tags:
            item.add_marker(pytest.mark.bats_tag(tag))
            item.user_properties.append(("bats_tag", tag))
            if (name := source.mark_name(tag)) not in TAKES_WORDS:
                item.add_marker(self._known_marker(name, tag))
        if self.config.pluginmanager.hasplugin("xdist"):
            item.add_marker(pytest.mark.xdist_group(f"{self.nodeid}-{end.strip('[]')}"))
        return item

    def _known_marker(self, name: str, tag: str) -> pytest.MarkDecorator:
        """The marker of this name; registers it if it is new."""
        known = {str(line).split(":")[0].split("(")[0].strip() for line in self.config.getini("markers")}
        if name not in known:
            self.config.addinivalue_line("markers", f"{name}: the tag {tag} of a bats file")
        found: pytest.MarkDecorator = getattr(pytest.mark, name)
        return found


class BatsItem(pytest.Function):
    """One @test, in one variant, with one bats."""

    def __init__(self, *, run: Run, test: source.Test, **words: Any) -> None:
        super().__init__(**words)
        self.bats_run = run
        self.test = test
        self.number = 0
        """The number of its result, if the selection of tests does not determine it."""
        self.point: tap.Point | None = None
        self.did_the_run = False

    def setup(self) -> None:
        """The first item runs the whole file; an error of the file is an error of each item."""
        self._check_machine()
        super().setup()
        env: dict[str, str] = self.funcargs["bats_env"]  # type: ignore[assignment] # the type of bats_env
        run = self.bats_run
        mates = [item for item in self.session.items if isinstance(item, BatsItem) and item.bats_run is run]
        # bats runs a file in the order of its lines, whatever the order of the items.
        mates.sort(key=lambda item: (item.number, item.test.line))
        if run.stream is None or (not run.names and env and not run.asked):
            timeouts = [timeout_of(self.config, mate) for mate in mates]
            limit = None if None in timeouts else max(filter(None, timeouts), default=None)
            run.go(env, [mate.test.name for mate in mates], limit)
            self.did_the_run = True
        number = self.number or mates.index(self) + 1
        found = run.result(self.test.name, number)
        if found.trouble:
            pytest.fail(found.trouble, pytrace=False)
        self.point = found.point
        if found.output and found.point and found.point.ok:
            self.add_report_section("call", "bats", found.output)

    def _check_machine(self) -> None:
        run = self.bats_run
        if run.bats.missing:
            skips = self.config.getoption("--bats-missing") == "skip"
            pytest.skip(run.bats.missing) if skips else pytest.fail(run.bats.missing, pytrace=False)
        if run.variant.absent:
            fails = bool(os.environ.get("CI"))
            pytest.fail(run.variant.absent, pytrace=False) if fails else pytest.skip(run.variant.absent)

    def runtest(self) -> None:
        """Passes, fails or skips by the result of bats."""
        assert self.point
        reason = self.point.skipped(self.test.name)
        if reason is not None:
            pytest.skip(reason or "without a reason")
        if not self.point.ok:
            pytest.fail(self._failure(self.point), pytrace=False)

    def _failure(self, point: tap.Point) -> str:
        """Place and command first, then the complete output of bats."""
        file, line = point.where or (str(self.path), self.test.line)
        says = point.command or "failed"
        return "\n".join([f"{file}:{line}: {says}", *point.lines])

    def reportinfo(self) -> tuple[Path, int, str]:
        """Path, line from 0, and name of the test."""
        return self.path, self.test.line - 1, self.name


def timeout_of(config: pytest.Config, item: pytest.Item | None = None) -> float | None:
    """The limit in seconds that pytest-timeout applies to a test; None without a limit."""
    marker = item.get_closest_marker("timeout") if item else None
    if marker:
        said = marker.args[0] if marker.args else marker.kwargs.get("timeout")
    elif (said := config.getoption("timeout", None)) is None:
        said = os.environ.get("PYTEST_TIMEOUT") or (
            config.getini("timeout") if config.pluginmanager.hasplugin("timeout") else None
        )
    return float(said) if said and float(said) > 0 else None
