"""scripts/lib/host/images/image-plan.sh: one table says where each image of an attempt comes from."""

from __future__ import annotations

import json

D = "sha256:" + "1" * 64
WORDS = """images_set_words no; eval "set -- $IMAGES_WORDS"; printf '%s\\n' "$@\""""
ROWS = """image_plan_begin
image_plan_add base own:1 '' own:1 own:1 default
image_plan_add base locked:1 $D locked:1@$D docker-image://locked:1@$D pinned
image_plan_add base sure:1 $D m.example/sure:1@$D docker-image://m.example/sure:1@$D mirror
image_plan_add base tag:1 '' m.example/tag:1@$D docker-image://m.example/tag:1@$D 'unverified tag'
image_plan_add base kept:1 $D '' oci-layout:///good@$D last-good
image_plan_add base old:1 '' '' oci-layout:///good@$D last-good
image_plan_add base other:1 '' '' oci-layout:///made alternative
image_plan_add base gone:1 '' '' '' unserved
image_plan_add frontend docker/dockerfile:1 '' m.example/f:1@$D m.example/f:1@$D 'unverified tag'
"""


def test_questions_about_the_plan_are_answered_from_its_rows(images):
    """Degraded is another image, or a tag from a store whose digest nobody named; a frontend degrades nothing."""
    script = "D=$1\n" + ROWS
    kinds = ("degraded", "unverified", "mirrored", "unserved")
    script += "for kind in " + " ".join(kinds) + """; do
        printf '%s %s %s\\n' "$kind" "$(is image_plan_has "$kind")" "$(image_plan_list "$kind" | paste -s -d , -)"
    done"""  # fmt: skip
    assert images(script, D).out.splitlines() == [
        "degraded yes old:1,other:1", "unverified yes tag:1,docker/dockerfile:1", "mirrored yes sure:1,tag:1",
        "unserved yes gone:1",
    ]  # fmt: skip


def test_words_for_buildx_are_those_of_the_sources_that_replace_a_name(images):
    """A healthy image adds no word to the build."""
    out = images("D=$1; SOURCE_POLICY_CALLER=/policy\n" + ROWS + WORDS, D).out.splitlines()
    assert [line for line in out if line.startswith("--")] == [*["--build-context"] * 6, "--build-arg", "--label"]
    assert [line.partition("=")[0] for line in out if not line.startswith("--")] == [
        "locked:1", "sure:1", "tag:1", "kept:1", "old:1", "other:1", "BUILDKIT_SYNTAX", "seawall.degraded",
    ]  # fmt: skip


def test_frontend_of_its_own_gets_its_images_by_the_source_policy(images):
    """Old frontends refuse named contexts; a source that is no registry still needs one."""
    script = ROWS + WORDS + '; cat "$SCRATCH/policy.json"'
    *out, policy = images("D=$1\n" + script, D).out.splitlines()
    assert [line.partition("=")[0] for line in out if not line.startswith("--")] == [
        "kept:1", "old:1", "other:1", "BUILDKIT_SYNTAX", "seawall.degraded",
    ]  # fmt: skip
    rules = json.loads(policy)["rules"]
    assert [rule["selector"]["identifier"].removesuffix("@*") for rule in rules[::2]] == [
        "docker-image://docker.io/library/locked:1", "docker-image://docker.io/library/sure:1",
        "docker-image://docker.io/library/tag:1",
    ]  # fmt: skip
    assert rules[3]["updates"] == {"identifier": f"docker-image://m.example/sure:1@{D}"}


def test_no_plan_has_no_rows(images):
    """A build that ended before it looked at its images reports none, and is not degraded."""
    script = "image_plan_list degraded; is image_plan_has degraded; image_plan_begin; images_set_words no"
    script += "; printf %s $IMAGES_WORDS"
    result = images(script)
    assert (result.out, result.err, result.rc) == ("no\n", "", 0), repr(result)


def test_row_may_start_programs_that_read_stdin(images):
    """Every row is visited, whatever a client does with its input."""
    script = "D=$1\n" + ROWS + 'visit() { cat >/dev/null; printf "%s " "$2"; }; image_plan_each visit </dev/null'
    assert len(images(script, D).out.split()) == 9
