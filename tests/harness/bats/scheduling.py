"""How xdist distributes bats tests; imported where xdist is installed."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped] # xdist has no types

from harness.bats.items import batses, suffix, variants_of


class RunScheduling(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """The items of one run of bats share a worker; any other test is distributed by itself."""

    def _split_scope(self, nodeid: str) -> str:
        file, mark, _ = nodeid.partition(".bats::")
        if not mark:
            return nodeid
        programs, path = batses(self.config), self.config.rootpath / f"{file}.bats"
        ends = {
            suffix(variant, bats, many=len(programs) > 1)
            for bats in programs
            for variant in variants_of(self.config, path)
        }
        return f"{file}.bats{next((end for end in ends if end and nodeid.endswith(end)), '')}"
