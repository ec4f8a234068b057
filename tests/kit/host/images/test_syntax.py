"""scripts/lib/host/images/syntax.sh: the frontend of a `# syntax=` line while its registry is unavailable."""

from __future__ import annotations

from pathlib import Path

CHOOSE = """BUILT=${1:-}
attempt_run() { shift && "$@"; }
docker() {
    case $1-$2 in buildx-inspect) printf 'Driver: docker\\nBuildKit version: %s\\n' "$BUILT" ;; *) return 1 ;; esac
}
shift
for image in "$@"; do
    image_plan_begin; : >"$SCRATCH/picks.tsv"
    syntax_choose "$image" Dockerfile
    syntax_find_copy Dockerfile
    printf '%s %s %s\\n' $(cut -f 5,6 "$SCRATCH/image-plan.tsv") "$SYNTAX_COPY"
done"""


def test_builtin_frontend_stands_in_if_the_builder_is_new_enough(images, tmp_path: Path):
    """Line numbers stay right, and files that the Dockerfile's name selects come along."""
    (tmp_path / "Dockerfile").write_text("# syntax=docker/dockerfile:1\nFROM scratch\n")
    (tmp_path / "Dockerfile.dockerignore").write_text("secret\n")
    (tmp_path / "Dockerfile.rego").write_text("package docker\n")
    asked = (
        "docker/dockerfile:1",
        "docker/dockerfile:1.9",
        "docker/dockerfile:1.30",
        "docker/dockerfile:1-labs",
        "a.example/f:1",
    )
    result = images(CHOOSE, "v0.15.1", *asked)
    copy = tmp_path / "frontend" / "Dockerfile"
    builtin = f"builtin alternative {copy}"
    assert result.out.splitlines() == [builtin, builtin, *(f"{image} default " for image in asked[2:])], repr(result)
    assert copy.read_text() == "#\nFROM scratch\n"
    assert (tmp_path / "frontend" / "Dockerfile.dockerignore").read_text() == "secret\n"
    assert (tmp_path / "frontend" / "Dockerfile.rego").read_text() == "package docker\n"
    assert result.err.count("using the frontend that is built into the builder") == 2
