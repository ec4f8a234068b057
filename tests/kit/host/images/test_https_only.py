"""scripts/lib/host/images/https-only.sh: the rule holds for the place that the plan chose."""

from __future__ import annotations

D = "sha256:" + "1" * 64
CHECK = """D=$1
printf '127.0.0.0/8\\nm.example\\n10.1.0.0/16\\n' >"$SCRATCH/insecure"; : >"$SCRATCH/sources"
# check PLACE VERDICT: the exit code for an image that comes from there.
check() {
    image_plan_begin; image_plan_add base a.example/x:1 '' "$1" source "$2"
    status=0; (https_check) 2>>said || status=$?; printf '%s ' "$status"
}
"""


def test_insecure_mirror_of_the_plan_is_refused_and_the_own_registry_is_not(images):
    """The message names the place that the build would use."""
    script = (
        CHECK
        + """check a.example/x:1 default; check m.example/x:1@"$D" mirror; check '' unserved
    check 10.1.2.3:5000/x@"$D" mirror; check 10.2.2.3:5000/x@"$D" mirror; check '' last-good
    SEAWALL_HTTPS_EXCEPT=m.example; check m.example/x:1@"$D" mirror
    printf 'add\\thttp://o.example/f\\n' >"$SCRATCH/sources"; check a.example/x:1 default; cat said"""
    )
    lines = images(script, D).out.split("\n")
    assert lines[0].split(" t: ")[0].split()[:8] == ["0", "77", "0", "77", "0", "0", "0", "77"], lines
    assert f"https only: wanted a registry with TLS that the engine verifies, saw m.example/x:1@{D}" in "\n".join(lines)
