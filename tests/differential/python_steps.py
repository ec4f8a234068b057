"""Steps that install Python packages: the form and the functions are those of steps.py."""

from __future__ import annotations

PYTHON = r"""
*pip-pinned          pip_install --target out hello-seawall==1.0.0
*pip-file            pip_install --target out -r requirements.txt
pip-file-glued       pip_install --target=out -rrequirements.txt
pip-file-equals      pip_install --target out --requirement=requirements.txt
*pip-hashes          pip_install --target out --require-hashes -r hashes.txt
pip-bare             pip_install --target out hello-seawall
pip-range            pip_install --target out 'hello-seawall>=0.9,<2'
pip-extra            pip_install --target out 'hello-seawall[none]==1.0.0'
*pip-constraint      pip_install --target out -c constraints.txt hello-seawall
pip-nested           pip_install --target out -r nested.txt
pip-variable         V=1.0.0 pip_install --target out -r variable.txt
pip-crlf             pip_install --target out -r crlf.txt
pip-quiet            pip_install -q --target out hello-seawall==1.0.0
*pip-stdin           cat requirements.txt | pip_install --target out -r /dev/stdin
pip-stdin-file       pip_install --target out -r /dev/stdin <requirements.txt
pip-environment      PIP_TARGET=out pip_install hello-seawall==1.0.0
pip-folder           pip_install --target out --no-build-isolation --no-deps wheel/hello_seawall-1.0.0-py3-none-any.whl
pip-find-links       pip_install --target out --no-index --find-links wheel hello-seawall==1.0.0
pip-url              pip_install --target out "hello-seawall @ $INDEX_URL/files/hello_seawall-1.0.0-py3-none-any.whl"
pip-upgrade          pip_install --target out hello-seawall==1.0.0 &&
pip_install --target out --upgrade hello-seawall==1.0.0
pip-two-calls        pip_install --target out hello-seawall==1.0.0 && pip_install --target other hello-seawall==1.0.0
pip-constraint-url   pip_install --target out -c "$FILES_URL/constraints.txt" hello-seawall
pip-file-url         pip_install --target out -r "$FILES_URL/requirements.txt"
pip-file-scheme      pip_install --target out -r "file://$PWD/requirements.txt"
pip-constraint-env   PIP_CONSTRAINT=constraints.txt pip_install --target out hello-seawall
pip-requirement-env  PIP_REQUIREMENT=requirements.txt pip_install --target out
pip-no-index-env     PIP_NO_INDEX=1 PIP_FIND_LINKS=wheel pip_install --target out hello-seawall
pip-links-url        pip_install --target out --no-index -f "$INDEX_URL/simple/hello-seawall/" hello-seawall==1.0.0
pip-links-in-file    pip_install --target out -r links.txt
pip-links-and-index  pip_install --target out -f wheel hello-seawall==1.0.0
pip-config           PIP_CONFIG_FILE=pip.conf PIP_INDEX_URL= pip_install --target out hello-seawall==1.0.0
pip-config-home      mkdir -p ~/.config/pip && cp pip.conf ~/.config/pip/pip.conf && unset PIP_CONFIG_FILE PIP_INDEX_URL
pip_install --target out hello-seawall==1.0.0
pip-config-install   PIP_CONFIG_FILE=install.conf pip_install hello-seawall==1.0.0
pip-index-in-file    printf -- '-i %s/simple/\n' "$INDEX_URL" >own.txt && cat requirements.txt >>own.txt &&
pip_install --target out -r own.txt
pip-index-call       pip_install --target out -i "$INDEX_URL/simple" hello-seawall==1.0.0
pip-extra-index      pip_install --target out --extra-index-url "$INDEX_URL/simple" other-seawall hello-seawall
pip-several-files    pip_install --target out -r requirements.txt -r other.txt -c constraints.txt
pip-marker           pip_install --target out "other-seawall==2.0.0 ; python_version<'3'" hello-seawall==1.0.0
pip-wildcard         pip_install --target out 'hello-seawall==1.*'
pip-exact            pip_install --target out 'hello-seawall===1.0.0'
pip-compatible       pip_install --target out 'hello-seawall~=1.0'
pip-name-spelling    pip_install --target out Hello.Seawall==1.0.0
pip-report           pip_install --dry-run --report - -q hello-seawall==1.0.0 | grep -c hello
pip-dry-run          pip_install --dry-run hello-seawall==1.0.0
pip-log              pip_install --target out --log own.log -q hello-seawall==1.0.0 && rm own.log
pip-prefix           pip_install --prefix out -I hello-seawall==1.0.0
pip-root             pip_install --root out -I --no-warn-script-location hello-seawall==1.0.0
*pip-platform        pip_install --target out --platform any --only-binary=:all: hello-seawall==1.0.0
pip-no-deps          pip_install --target out --no-deps --no-cache-dir hello-seawall==1.0.0
pip-ends             pip_install --target out -- hello-seawall==1.0.0
pip-git              git_repository && pip_install -qq --target out --no-build-isolation "git+file://$PWD/repository" &&
rm -r repository out/*.dist-info
pip-source           git_repository && pip_install -q --target out --no-build-isolation ./repository &&
rm -r repository out/*.dist-info
pip-missing-file     pip_install --target out -r missing.txt
pip-bad-name         pip_install --target out 'a b'
pip-bad-option       pip_install --zork hello-seawall
pip-nothing          pip_install --target out
pip-empty-file       pip_install --target out -r module/below/file
pip-list-file        pip_install --target out -r module
*uv-pinned           uv_install -q --target out hello-seawall==1.0.0
uv-file              uv_install -q --target out -r requirements.txt
uv-hashes            uv_install -q --target out --require-hashes -r hashes.txt
uv-stdin             uv_install -q --target out -r - <requirements.txt
uv-pyproject         uv_install -q --target out -r pyproject.toml
uv-pyproject-extra   uv_install -q --target out -r pyproject.toml --extra more
uv-sources           cd sources && uv_install -q --target out -r pyproject.toml && rm -r out/*.dist-info
uv-index-in-project  cd indexed && unset UV_DEFAULT_INDEX && uv_install -q --target out -r pyproject.toml
uv-override          uv_install -q --target out --override constraints.txt hello-seawall
uv-constraint        UV_CONSTRAINT=constraints.txt uv_install -q --target out hello-seawall
uv-find-links        uv_install -q --target out --no-index --find-links wheel hello-seawall==1.0.0 &&
rm -r out/*.dist-info
uv-wheel             uv_install -q --target out ./wheel/hello_seawall-1.0.0-py3-none-any.whl &&
rm -r out/*.dist-info
uv-environment       UV_INDEX_URL="$INDEX_URL/simple" uv_install -q --target out hello-seawall
uv-missing           uv_install -q --target out -r missing.txt
pip-direct-file      pip_install --target out "hello-seawall @ file://$PWD/wheel/hello_seawall-1.0.0-py3-none-any.whl"
pip-editable         cp -R wheel/source src && pip_install -q --no-deps --no-build-isolation --target out -e ./src
pip-user             PYTHONUSERBASE=$PWD/out pip_install --user hello-seawall==1.0.0
pip-root-action      pip_install --root-user-action=warn --target out hello-seawall==1.0.0
pip-config-setting   pip_install -q --target out --no-build-isolation --config-settings a=b ./wheel/source &&
rm -r out/*.dist-info
pip-variable-blanks  PIP_CONSTRAINT="constraints.txt other.txt" pip_install --target out hello-seawall
pip-extra-variable   PIP_EXTRA_INDEX_URL="$INDEX_URL/simple" pip_install --target out hello-seawall==1.0.0
pip-pre              pip_install --target out --pre hello-seawall
pip-group            pip_install --target out --group groups.toml:some
pip-group-default    cd grouped && pip_install --target out --group some
pip-hashes-nested    printf -- '-r hashes.txt\n' >own.txt && pip_install --target out --require-hashes -r own.txt
pip-hashes-in-file   (printf -- '--require-hashes\n'; cat hashes.txt) >own.txt && pip_install --target out -r own.txt
pip-hash-constraint  pip_install --target out -c hashes.txt hello-seawall
pip-trusted          pip_install --target out --trusted-host 127.0.0.1 hello-seawall==1.0.0
pip-prefixes         pip_install --targ out --requirem requirements.txt
pip-cluster          pip_install -Uqt out -rrequirements.txt
pip-two-short        pip_install -qq -t out -r requirements.txt -c constraints.txt
pip-timeout          pip_install --target out --timeout 9 --retries 1 hello-seawall==1.0.0
pip-cache            pip_install --target out --cache-dir cache hello-seawall==1.0.0 && rm -rf cache
*pip-isolated        pip_install --isolated --target out -i "$INDEX_URL/simple" hello-seawall==1.0.0
pip-isolated-wheel   pip_install --isolated --no-index --target out ./wheel/hello_seawall-1.0.0-py3-none-any.whl
pip-no-index-file    (printf -- '--no-index\n-f wheel\n'; cat requirements.txt) >own.txt &&
pip_install --target out -r own.txt
pip-dots             pip_install --target out hello.seawall==1.0.0 HELLO_SEAWALL
pip-not-equal        pip_install --target out 'hello-seawall!=2,<3'
pip-epoch            pip_install --target out 'hello-seawall==0!1.0.0'
pip-url-hash         pip_install --target out "$INDEX_URL/files/hello_seawall-1.0.0-py3-none-any.whl#sha256=$SUM"
pip-folder-blanks    mkdir 'a b' && cp requirements.txt 'a b/c d.txt' &&
pip_install --target 'a b/out' -r 'a b/c d.txt'
pip-file-comment     printf 'hello-seawall==1.0.0 # a comment\n\n  # more\n' >own.txt &&
pip_install --target out -r own.txt
pip-file-continued   printf 'hello-seawall\\\n==1.0.0' >own.txt && pip_install --target out -r own.txt
pip-file-extras      printf 'hello-seawall[a,b] == 1.0.0 ; python_version > "3"\n' >own.txt &&
pip_install --target out -r own.txt
pip-file-latin       printf '# -*- coding: latin-1 -*-\n# \351\nhello-seawall==1.0.0\n' >own.txt &&
pip_install --target out -r own.txt
pip-file-mark        printf '\357\273\277hello-seawall==1.0.0\n' >own.txt && pip_install --target out -r own.txt
pip-require-env      PIP_REQUIRE_HASHES=1 pip_install --target out -r hashes.txt
pip-missing-hash     pip_install --target out --require-hashes -r requirements.txt
pip-report-file      pip_install --target out --report own.json -q hello-seawall==1.0.0 && rm own.json
pip-no-deps-two      pip_install --no-deps --target out other-seawall==2.0.0 hello-seawall==1.0.0
pip-upgrade-pip      pip_install --target out --upgrade-strategy eager -U hello-seawall
pip-only-binary      pip_install --target out --only-binary hello-seawall hello-seawall==1.0.0
pip-python           pip_install --target out --python-version 3.12 --only-binary=:all: hello-seawall==1.0.0
uv-extra-index       uv_install -q --target out --index "$INDEX_URL/simple" hello-seawall
uv-extra-variable    UV_INDEX="$INDEX_URL/simple" uv_install -q --target out hello-seawall==1.0.0
uv-named-index       UV_INDEX="own=$INDEX_URL/simple" uv_install -q --target out hello-seawall==1.0.0
uv-default-call      uv_install -q --target out --default-index "$INDEX_URL/simple" hello-seawall==1.0.0
uv-index-url         unset UV_DEFAULT_INDEX &&
uv_install -q --target out --index-url="$INDEX_URL/simple" hello-seawall==1.0.0
uv-i                 unset UV_DEFAULT_INDEX && uv_install -q --target out -i "$INDEX_URL/simple" hello-seawall==1.0.0
uv-config-file       unset UV_DEFAULT_INDEX && printf 'index-url = "%s/simple/"\n' "$INDEX_URL" >uv.toml &&
uv_install -q --target out hello-seawall==1.0.0
uv-config-variable   unset UV_DEFAULT_INDEX && printf '[pip]\nindex-url = "%s/simple/"\n' "$INDEX_URL" >own.toml &&
UV_CONFIG_FILE=own.toml uv_install -q --target out hello-seawall==1.0.0
uv-editable          cp -R wheel/source src && uv_install -q --target out --no-build-isolation -e ./src && rm -r out src
uv-group             cd grouped && uv_install -q --target out --group some
uv-no-index          UV_NO_INDEX=1 UV_FIND_LINKS=wheel uv_install -q --target out hello-seawall==1.0.0 &&
rm -r out/*.dist-info
uv-url               uv_install -q --target out \
"hello-seawall @ $INDEX_URL/files/hello_seawall-1.0.0-py3-none-any.whl" &&
rm -r out/*.dist-info
uv-dry-run           uv_install --dry-run --target out hello-seawall==1.0.0 2>/dev/null
uv-bad-name          uv_install -q --target out 'a b'
uv-upgrade           uv_install -q --target out -U hello-seawall && uv_install -q --target out --upgrade hello-seawall
uv-reinstall         uv_install -q --target out --reinstall hello-seawall==1.0.0
uv-strict            uv_install -q --strict --target out hello-seawall==1.0.0
uv-resolution        uv_install -q --resolution lowest --target out hello-seawall
uv-hashes-missing    uv_install -q --target out --require-hashes -r requirements.txt
"""
