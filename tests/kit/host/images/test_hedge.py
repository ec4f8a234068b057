"""scripts/lib/host/images/hedge.sh: who is asked, and when."""

from __future__ import annotations

from contextlib import ExitStack

from harness.catalogue.schedule import parse
from harness.sites import registry_site
from harness.sites.artifacts import Image, noise
from harness.sites.registry_site import Registry
from harness.sites.site import Rule, Upstream
from harness.wire.server import serve


def test_mirror_is_asked_only_after_a_slow_or_failed_registry_unless_all_are_wanted(images):
    """A healthy registry costs its mirrors nothing; a report asks every place."""
    site = Registry()
    site.add_image("team/app", "1", Image(noise(1000)))
    with ExitStack() as stack:
        own, mirror, ill = (
            stack.enter_context(serve(Upstream("registry", site, registry_site.CLASSES, rules)))
            for rules in ((), (), (Rule(parse("503x*"), path_class="manifest"),))
        )
        mirrors = f"{own.host}={mirror.host} {ill.host}={mirror.host}"
        # The mirror's delay ends after the answer of the healthy registry, however busy this machine is.
        late = """clock_sleep() {
            case $1 in 0.25) until places_has_answer "$IMAGE"; do sleep 0.05; done ;; *) sleep "$1" ;; esac
        }
        IMAGE=$1
        """
        script = 'hedge_probe "$@"; shift $(($# - 1)); picks_place "$1"; hedge_stop'
        healthy, failing = f"{own.host}/team/app:1", f"{ill.host}/team/app:1"
        asked = []
        for begin, words in ((late, (healthy,)), ("", (failing,)), ("", ("--all", healthy))):
            result = images(begin + script, *words, SEAWALL_REGISTRY_MIRRORS=mirrors)
            asked.append((result.out.strip(), len([entry for entry in mirror.journal if entry.method == "HEAD"])))
    assert asked == [(healthy, 0), (f"{mirror.host}/team/app:1", 1), (healthy, 2)]
