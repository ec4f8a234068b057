"""scripts/lib/host/images/picks.sh: the place that is picked for an image stays the one of the attempt."""

from __future__ import annotations

D = "sha256:" + "1" * 64
IMAGE = f"a.example/x@{D}"


def test_first_good_answer_in_the_order_of_the_places_is_picked(images):
    """The own registry before its mirrors; a mirror alone decides a tag only if the own registry has failed."""
    script = """pick() { picks_make "$1"; printf '%s\\n' "$(picks_place "$1")"; }
    pick "$2"
    answer n.example/hub/x@"$1" "$1"; pick "$2"; answer m.example/x@"$1" "$1"; pick "$2"; answer "$2" "$1"; pick "$2"
    answer m.example/tag:1 "$1"; pick a.example/tag:1; refuse a.example/tag:1 http-5xx 503; pick a.example/tag:1
    spent_add m.example/tag:1 http-5xx; pick a.example/tag:1"""
    wanted = ["", f"n.example/hub/x@{D}", f"m.example/x@{D}", IMAGE, "", "m.example/tag:1", ""]
    assert images(script, D, IMAGE).out.split("\n")[:-1] == wanted


def test_answer_after_the_pick_changes_nothing(images):
    """The own registry that answers while the build runs from a mirror is not taken for the place of this build."""
    script = """is picks_are_made; answer m.example/x@"$1" "$1"; picks_make "$2" a.example/none:1; answer "$2" "$1"
    picks_place "$2"; picks_count; is picks_are_made; images_forget; is picks_are_made"""
    assert images(script, D, IMAGE).out.splitlines() == ["no", f"m.example/x@{D}", "1", "yes", "no"]
