#!/usr/bin/env bats
# scripts/lib/fetch/requirements.sh: what the arguments of `pip install` ask for, and whether another index may serve it.

load ../helpers

LOAD='set -f; . "$LIB/load.sh"; load base attempt verdict ladder fetch'
READ=$LOAD'; requirements_begin pip; for word in "$@"; do requirements_take "$word" || :; done; requirements_end'
HELD=$READ'; case $REQUIREMENTS_HELD in no) held=no ;; *) held=yes ;; esac; printf "%s %s" "$REQUIREMENTS_NAME" "$held"'

setup() { cd "$BATS_TEST_TMPDIR" && mkdir more; }

# reads WANTED WORD...
reads() {
	local wanted=$1
	shift
	snippet "$HELD" "$@"
	ended 0 "$wanted" ''
}

@test "reads: a version" { reads 'idna yes' idna==3.10; }
@test "reads: a bare name" { reads 'idna no' idna; }
@test "reads: a range" { reads 'idna no' 'idna>=3'; }
@test "reads: any version" { reads 'idna no' 'idna==3.*'; }
@test "reads: one of several is not pinned" { reads 'idna no' idna==3.10 flask; }
@test "reads: extras" { reads 'flask yes' 'flask[async]==3.0'; }
@test "reads: a wheel" { reads ' no' ./x-1.0-py3-none-any.whl; }
@test "reads: a folder" { reads ' no' .; }
@test "reads: an editable" { reads ' no' -e .; }
@test "reads: a URL" { reads ' no' https://a.example.org/x.tar.gz; }
@test "reads: values of options are no names" { reads 'idna yes' --target folder -c constraints.txt --find-links wheels idna==3.10; }
@test "reads: hashes wanted by the call" { reads 'idna yes' --require-hashes idna; }
@test "reads: nothing" { reads ' yes' --upgrade; }

# holds WANTED TEXT: what is read of a file with it
holds() {
	printf '%b' "$2" >requirements.txt
	reads "$1" -r requirements.txt
}

@test "holds: pins, comments and options" { holds 'idna yes' '# all\n--only-binary :all:\nidna==3.10  # why\n\nflask==3.0 ; python_version > "3"\n'; }
@test "holds: hashes over several lines" { holds 'idna yes' 'idna==3.10 \\\n    --hash=sha256:00\n'; }
@test "holds: a bare name" { holds 'idna no' 'idna\n'; }
@test "holds: no newline at the end" { holds 'idna yes' 'idna==3.10'; }
@test "holds: hashes wanted" { holds 'idna yes' '--require-hashes\nidna\n'; }
@test "holds: an editable" { holds ' no' '\055e .\n'; }

@test "files that a file names are read from beside it" {
	printf 'idna==3.10\n-r deeper.txt\n' >more/requirements.txt
	printf 'flask\n' >more/deeper.txt
	reads 'idna no' --requirement=more/requirements.txt
	printf 'flask==3\n' >more/deeper.txt
	reads 'idna yes' -rmore/requirements.txt
}

# names WANTED TEXT: the index of a file, and the file that names a second one
names() {
	printf '%b' "$2" >requirements.txt
	snippet "$READ"'; printf "%s %s" "$REQUIREMENTS_INDEX" "$REQUIREMENTS_EXTRA"' -r requirements.txt
	ended 0 "$1" ''
}

@test "names: an index" { names 'https://a.example.org/simple ' '--index-url https://a.example.org/simple\nidna==3\n'; }
@test "names: an index, after an equals sign" { names 'https://a.example.org/simple ' '--index-url=https://a.example.org/simple # ours\n'; }
@test "names: an index, in short" { names 'https://a.example.org/simple ' '\055i https://a.example.org/simple\n'; }
@test "names: a second index" { names ' requirements.txt' 'idna==3\n--extra-index-url https://b.example.org/simple\n'; }
@test "names: none" { names ' ' '--pre\nidna==3\n'; }

@test "file that is not there is pip's to tell" { reads ' yes' -r nowhere.txt; }

@test "index is that of pip's files, the last one that counts" {
	printf '[global]\nindex-url = https://a.example.org/simple\n[install]\nindex-url=https://b.example.org/simple\n' >pip.conf
	snippet -e "PIP_CONFIG_FILE=$PWD/pip.conf" "$LOAD; pip_config_values index-url | tail -n 1"
	ended 0 $'https://b.example.org/simple\n' ''
}

@test "values of pip's files are read in each form that pip reads" {
	printf '# x\n[global]\n--Extra_Index-URL:\n  # no\n  https://a.example.org/simple\n\thttps://b.example.org/simple\n[download]\nextra-index-url = https://c.example.org\n' >pip.conf
	snippet -e "PIP_CONFIG_FILE=$PWD/pip.conf" "$LOAD; pip_config_values extra-index-url"
	ended 0 $'https://a.example.org/simple\nhttps://b.example.org/simple\n' ''
}
