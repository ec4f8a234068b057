"""scripts/lib/host/images/inputs.sh: what a build does about its plan."""

from __future__ import annotations

D = "sha256:" + "1" * 64


def test_image_that_nobody_serves_is_the_finding(images):
    """The class, the registry, its words and the time before which it must not be asked reach the ladder as values."""
    script = """image_plan_begin; image_plan_add base a.example/x:1 '' '' '' unserved
    refuse a.example/x:1 rate-limited 'a.example answered 429 Too Many Requests'
    printf 'Retry-After: 40\\n' >said; registry_blame a.example rate-limited said
    is inputs_are_served failed
    left=$((FINDING_NOT_BEFORE - $(clock_now)))
    [ "$left" -ge 38 ] && [ "$left" -le 41 ] && printf 'in time\\n'
    printf '%s %s %s\\n' "$FINDING_CLASS" "$FINDING_UPSTREAM" "$FINDING_SOURCE"; printf '%s\\n' "$FINDING_WORDS"
    cat failed"""
    result = images(script)
    assert result.out.splitlines() == [
        "no", "in time", "rate-limited registry a.example", "a.example answered 429 Too Many Requests",
        "a.example answered 429 Too Many Requests",
    ], repr(result)  # fmt: skip
    assert "no source has a.example/x:1: rate-limited, a.example answered 429" in result.err


def test_message_of_the_builder_is_left_to_the_classifier(images):
    """If only the builder was asked, its own words say why."""
    script = """image_plan_begin; image_plan_add base a.example/x:1 '' '' '' unserved
    printf 'ERROR: failed to solve: no route to host\\n' >"$SCRATCH/builder.why"
    ! inputs_are_served failed || printf 'served\\n'
    printf '%s|' "$FINDING_CLASS"; cat failed
    image_plan_begin; image_plan_add base a.example/x:1 '' a.example/x:1 a.example/x:1 default
    is inputs_are_served failed"""
    assert images(script).out.splitlines() == ["|ERROR: failed to solve: no route to host", "yes"]


def test_stalled_image_is_given_up_sooner_if_another_place_is_left(images):
    """A frontend does not count: it is small, and fetched before the base images."""
    script = """image_plan_begin; inputs_patience
    image_plan_add frontend a.example/f:1 '' a.example/f:1 a.example/f:1 default; inputs_patience
    image_plan_add base o.example/y:1 '' o.example/y:1 o.example/y:1 default; inputs_patience
    image_plan_add base a.example/x:1 '' a.example/x:1 a.example/x:1 default; inputs_patience"""
    assert images(script).out.split() == ["60", "60", "60", "8"]
