"""scripts/lib/base/state-files.sh: files of lines. Writers that are killed: tests/kit/ladder; links: tests/security."""

from __future__ import annotations

LOAD = '. "$SEAWALL_LIB/load.sh"; load base; LOG_NAME=t SCRATCH=$1 STATE_USER="" FILE=$1/lines\n'


def test_whole_lines_are_read_and_counted(sh, tmp_path):
    """Appended lines come back in order; an unfinished last line is not read."""
    script = """state_read "$FILE"; state_add "$FILE" "1 a"; state_add "$FILE" "2 b"
    printf "3 un" >>"$FILE"; state_read "$FILE\""""
    assert sh(f'{LOAD}{script}; state_count "$FILE"', str(tmp_path)).out == "1 a\n2 b\n2\n"


def test_newest_bytes_are_read(sh, tmp_path):
    """Of a large file the last 4 KiB are read, from the first whole line on."""
    (tmp_path / "lines").write_text("".join(f"{number} {'x' * 90}\n" for number in range(1000, 2000)))
    lines = sh(f'{LOAD}state_read "$FILE"', str(tmp_path)).out.splitlines()
    assert (lines[0][:5], lines[-1][:5], {len(line) for line in lines}) == ("1958 ", "1999 ", {95})


def test_file_is_bounded(sh, tmp_path):
    """A file with four times the lines is shortened to the newest; a shorter one stays."""
    script = """for n in 1 2 3 4 5 6 7; do state_add "$FILE" "$n"; done; state_bound "$FILE" 2; state_count "$FILE"
    state_add "$FILE" 8; state_bound "$FILE" 2; state_read "$FILE"; ls -A "$1\""""
    assert sh(LOAD + script, str(tmp_path)).out.split() == ["7", "7", "8", "lines"]


def test_users_of_a_shared_folder_have_a_file_each(sh, tmp_path):
    """In a cache mount the lines of all users are read, by their time."""
    (tmp_path / "lines+7").write_text("1 other\n3 other\n")
    script = 'STATE_USER=$(id -u); state_add "$FILE" "2 own"; state_read "$FILE"; state_count "$FILE"'
    assert sh(LOAD + script, str(tmp_path)).out == "1 other\n2 own\n3 other\n3\n"


def test_bad_line_is_reported_once(sh, tmp_path):
    """However many lines of another program are found, a command warns once."""
    result = sh(f'{LOAD}state_warn_bad_line "$FILE"; state_warn_bad_line "$FILE"', str(tmp_path))
    assert result.err.count("saw another line and skipped it") == 1
