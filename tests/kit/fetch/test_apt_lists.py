"""scripts/lib/fetch/apt-lists.sh: stored packages as an archive. With apt: tests/commands."""

from __future__ import annotations

LOAD = '. "$SEAWALL_LIB/load.sh"; load base attempt verdict ladder fetch\n'


def test_lists_are_named_as_apt_names_them(sh):
    """Login and scheme are left out, special characters escaped."""
    script = 'for url in "$@"; do apt_lists_name "$url"; done'
    result = sh(LOAD + script, "http://bob:x@a.example.org/debian/", "https://a/b_c~d%e")
    assert result.out == "a.example.org_debian\na_b%5fc%7ed%25e\n"


def test_packages_are_placed_where_apt_looks(sh, tmp_path):
    """A stored package goes to the path that apt names; links and paths that lead outside are ignored."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "a_1%2b2_all.deb").write_text("a")
    (tmp_path / "kept" / "link.deb").symlink_to("/etc/passwd")
    tree = tmp_path / "tree"
    uris = [f"'copy:{tree}/x/pool/a_1%2b2_all.deb' a_1%2b2_all.deb 1", f"'copy:{tree}/x/link.deb' link.deb 1",
            f"'copy:{tree}/../out.deb' a_1%2b2_all.deb 1", "'http://a/b.deb' b.deb 1"]  # fmt: skip
    script = 'apt_lists_place_packages "$1/kept" "$1/tree"; cd "$1" && find . -name "*.deb" -path "./[!k]*"'
    assert sh(LOAD + script, str(tmp_path), stdin="\n".join(uris) + "\n").out == "./tree/x/pool/a_1+2_all.deb\n"
