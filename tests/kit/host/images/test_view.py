"""scripts/lib/host/images/view.sh and view-images.sh: whose word about a registry counts."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

# PRELUDE states the view for the other tests; here the real question is asked, of a fake client.
REAL = """. "$LIB/host/images/view.sh"
builder_ask() { printf 'Name: b\\nDriver: %s\\nEndpoint: default\\n' "$DRIVER" >"$2"; }
docker() {
    case $* in
        'context inspect '*) printf '%s\\n' "$ENDPOINT" ;;
        *' info '*) printf '%s' "$DETOURS" ;;
        *) return 1 ;;
    esac
}
attempt_run() { shift; "$@"; }
"""
SHOW = "view_find; printf '%s\\n' \"$VIEW\""


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[str]:
    """The path of a socket on which this process listens."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen()
        yield str(tmp_path / "s")


@pytest.mark.parametrize(
    ("changed", "view"),
    [
        ({}, "ours"),
        ({"DRIVER": "remote"}, "other"),
        ({"DRIVER": "docker-container"}, "other"),
        ({"DETOURS": "https://mirror.example/"}, "other"),
        ({"DETOURS": "http://proxy.example:3128"}, "other"),
        ({"HTTPS_PROXY": "http://proxy.example:3128"}, "other"),
        ({"https_proxy": "http://proxy.example:3128"}, "other"),
        ({"ENDPOINT": "tcp://10.0.0.1:2376"}, "other"),
        ({"ENDPOINT": "ssh://host.example"}, "other"),
        ({"ENDPOINT": "unix:///run/of-another-namespace.sock"}, "other"),
        ({"SEAWALL_BUILDERS": "one two"}, "other"),
    ],
)
def test_only_an_engine_of_this_network_without_detours_has_our_view(images, listening, changed, view):
    """What cannot be read counts as a view of its own."""
    settings = {"DRIVER": "docker", "ENDPOINT": f"unix://{listening}", "DETOURS": ""} | changed
    assert images(REAL + SHOW, **settings).out.split() == [view]


def test_what_builds_showed_is_kept_per_builder(images):
    """An agreement holds for a minute, a difference like an ejection, and each for its builder."""
    script = """DRIVER=remote ENDPOINT='' DETOURS=''
    view_note agreed; view_find; printf '%s ' "$VIEW"
    VIEW_BUILDER=none; view_find; printf '%s ' "$VIEW"
    BUILDX_BUILDER=second; view_find; printf '%s ' "$VIEW"
    BUILDX_BUILDER='' VIEW_BUILDER=none; view_note other; VIEW_BUILDER=none; view_find; printf '%s ' "$VIEW"
    """
    assert images(REAL + script).out.split() == ["other", "agreed", "other", "other"]


def test_image_is_left_to_a_builder_with_its_own_view_until_a_build_has_failed(images):
    """An agreement lets a mirror that answers go first, and fails no build; a bad certificate proves nothing."""
    script = """refuse a.example/x:1 timeout 'a.example did not answer'
    for VIEW in ours agreed other; do
        view_find() { :; }
        is view_leaves a.example/x:1 a.example/x:1 m.example/x:1; is view_leaves a.example/x:1 a.example/x:1 ''
    done
    VIEW=ours; refuse a.example/x:1 tls 'unknown authority'; is view_leaves a.example/x:1 a.example/x:1 ''
    VIEW=other; spent_add a.example/x:1 http-5xx; is view_leaves a.example/x:1 a.example/x:1 ''"""
    assert images(script).out.split() == ["no", "no", "no", "yes", "yes", "yes", "yes", "no"]


def test_mirrors_of_a_builder_with_its_own_view_are_tried_in_order(images):
    """Their answers to this machine do not count; with the view of this machine no mirror is tried unasked."""
    script = """view_find() { VIEW=$V; }
    V=other; view_find_mirror a.example/x:1; printf '%s ' "$VIEW_MIRROR"
    spent_add m.example/x:1 http-5xx; view_find_mirror a.example/x:1; printf '%s ' "$VIEW_MIRROR"
    spent_add n.example/hub/x:1 http-5xx; view_find_mirror a.example/x:1; printf '%s ' "${VIEW_MIRROR:-none}"
    spent_return_all; V=ours; view_find_mirror a.example/x:1; printf '%s ' "${VIEW_MIRROR:-none}" """
    assert images(script).out.split() == ["m.example/x:1", "n.example/hub/x:1", "none", "none"]
