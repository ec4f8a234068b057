"""scripts/lib/host/images/places.sh: where an image may come from."""

from __future__ import annotations

D = "sha256:" + "1" * 64


def test_places_are_the_registry_and_its_mirrors_without_hosts_that_failed(images):
    """A host from which a build of this run failed is not used again until every host has been tried."""
    script = """places_of a.example/x:1; printf -- '--\\n'; spent_add m.example http-5xx; places_of a.example/x:1
    is spent_has m.example/other:2; spent_return_all; is spent_has m.example/x:1
    spent_add n.example/hub/x:1 http-5xx; is spent_has "n.example/hub/x:1@$1"; is spent_has n.example/hub/y:1"""
    all_places = ["a.example/x:1", "m.example/x:1", "n.example/hub/x:1"]
    seen = images(script, D).out.splitlines()
    assert seen == [*all_places, "--", all_places[0], all_places[2], "yes", "no", "yes", "no"]


def test_mirrors_must_have_the_digest_that_the_own_registry_names(images):
    """Its digest is remembered, or named while the mirrors are being asked; other digests of mirrors do not count."""
    script = """digests_remember a.example/known:1 "$1" seen; places_of a.example/known:1
    places_of a.example/new:1; places_pin a.example/new:1 "$1"; places_of a.example/new:1"""
    assert images(script, D).out.splitlines() == [
        "a.example/known:1", f"m.example/known:1@{D}", f"n.example/hub/known:1@{D}",
        "a.example/new:1", "m.example/new:1", "n.example/hub/new:1",
        "a.example/new:1", f"m.example/new:1@{D}", f"n.example/hub/new:1@{D}",
    ]  # fmt: skip


def test_failure_is_not_the_same_as_a_refusal(images):
    """503 and 403 lead to the mirrors; a missing image, or one that needs a login, is left to the builder."""
    script = """while IFS='|' read -r class words; do
        refuse a.example/x:1 "$class" "$words"
        printf '%s %s %s\\n' "$class" "$(is places_has_failed a.example/x:1)" "$(is places_is_refused a.example/x:1)"
    done <<-CASES
		http-5xx|a.example answered 503 Service Unavailable
		auth|a.example answered 403 Forbidden
		auth|a.example answered 401 Unauthorized
		not-found|a.example answered 404 Not Found
	CASES
    is places_has_failed a.example/silent:1; spent_add a.example http-5xx; is places_has_failed a.example/silent:1
    is places_is_refused a.example/x:1"""
    assert images(script).out.splitlines() == [
        "http-5xx yes no", "auth yes no", "auth no yes", "not-found no yes", "no", "yes", "no",
    ]  # fmt: skip


def test_other_place_is_one_that_is_not_ejected(images):
    """A build waits for a slow blob for longer if no healthy registry is left."""
    script = """: >said; is places_has_other a.example/x:1 a.example/x:1
    for host in m.example n.example; do registry_blame "$host" timeout said; done
    is places_has_other a.example/x:1 a.example/x:1; is places_has_other a.example/x:1 m.example/x:1"""
    assert images(script).out.splitlines() == ["yes", "no", "yes"]
