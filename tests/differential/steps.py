"""Commands of RUN steps: shell in which `pip_install`, `go_download`, `apt_install`, `fetch` and `retry` are the plain
tool or the kit's command for it, run in a copy of the project. The form is that of calls.py.
"""

from __future__ import annotations

from differential.calls import calls

TABLE = r"""
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
*go-download         go_download
go-module            go_download example.org/hello@v1.0.0
go-all               go_download all
*go-json             go_download -json example.org/hello@v1.0.0
go-below             WHERE=module/below go_download
go-without-module    WHERE=wheel go_download example.org/hello@v1.0.0
go-mod-flag          GOFLAGS=-mod=mod go_download
go-work              WHERE=work go_download
go-work-member       WHERE=work/one go_download
go-work-off          GOWORK=off WHERE=work/one go_download
go-vendor            (cd module && go mod vendor) && GOFLAGS=-mod=vendor go_download
go-vendor-plain      (cd module && go mod vendor) && go_download
go-modfile           cp module/go.mod module/go.sum . && mv go.mod module/a.mod && mv go.sum module/a.sum &&
GOFLAGS=-modfile=a.mod go_download
go-no-sum            rm module/go.sum && go_download
go-no-sum-mod        rm module/go.sum && GOFLAGS=-mod=mod go_download
go-x                 go_download -x >/dev/null 2>&1
go-reuse             go_download -json >../was.json 2>/dev/null; go_download -reuse=../was.json
go-replace           (cd module && go mod edit -replace example.org/hello=./hello && mkdir hello &&
printf 'module example.org/hello\n' >hello/go.mod) && go_download
go-private           GOPRIVATE=*.corp.example,example.net/x go_download
go-nosumdb           GONOSUMDB=* GONOSUMCHECK=1 GOFLAGS=-insecure go_download
go-no-flags          GOFLAGS= go_download
go-file-proxy        go_download && GOPROXY="file://$GOMODCACHE/cache/download" GOMODCACHE="$GOMODCACHE/b" go_download
go-file-list         go_download && GOMODCACHE="$GOMODCACHE/b" \
GOPROXY="file://$GOMODCACHE/cache/download,off" go_download
go-env-file          mkdir -p ~/.config/go && printf 'GOPROXY=%s\n' "$GOPROXY" >~/.config/go/env && unset GOPROXY &&
GOENV=~/.config/go/env go_download
go-comma             GOPROXY="$GOPROXY,direct" go_download
go-pipe-dead         GOPROXY="http://127.0.0.1:1|$GOPROXY" go_download
go-off-behind        GOPROXY="$GOPROXY,off" go_download
go-two               go_download example.org/hello@v1.0.0 example.org/hello@latest
go-then-build        go_download && cd module && GOPROXY=off GOFLAGS=-mod=mod go build -o /dev/null .
*fetch-file          fetch file
fetch-page           fetch folder/page.html
fetch-empty          fetch empty
fetch-blanks         fetch 'a%20b'
fetch-query          fetch 'file?x=1&y=2'
fetch-redirect       fetch moved
*retry-true          retry true
*retry-output        retry sh -c 'echo out; echo err >&2'
*retry-code          retry sh -c 'echo no >&2; exit 7'
retry-words          retry printf '<%s>' 'a b' '' "it's" '$x' '*' '
'
*retry-stdin         echo text | retry cat
retry-stdin-file     retry cat <requirements.txt
*retry-stdin-closed  retry cat <&-
retry-stdin-null     retry cat </dev/null
retry-stdin-large    head -c 3000000 /dev/zero | retry wc -c
retry-environment    A='b c' retry sh -c 'printf "%s" "$A"'
retry-folder         cd module && retry pwd
retry-missing-file   retry cat none
retry-curl           retry curl -sf "$FILES_URL/file" -o out
*retry-curl-404      retry curl -sSf "$FILES_URL/none" -o out
retry-pip            retry pip install -q --no-compile --target out hello-seawall==1.0.0
retry-go             cd module && retry go mod download
retry-make           retry make none
retry-background     retry sh -c 'sleep 1 & echo begun; wait'
retry-large-output   retry sh -c 'head -c 2000000 /dev/zero | tr "\0" x'
retry-126            retry sh -c 'exit 126'
retry-127            retry sh -c 'exit 127'
retry-255            retry sh -c 'exit 255'
retry-signal         retry sh -c 'kill -TERM $$' 2>&-
retry-abort          retry sh -c 'kill -ABRT $$' 2>&-
retry-not-found      retry sh -c 'no-such-command'
retry-pipefail       retry bash -o pipefail -c 'false | true'
retry-socket         retry python3 -c 'import os; print(os.isatty(0), os.isatty(1))' </dev/null
retry-closed-out     retry sh -c 'echo x' >&- 2>&-
retry-closed-silent  retry true >&-
retry-closed-err     retry sh -c 'exit 3' 2>&-
*retry-full          retry sh -c 'echo x' >/dev/full 2>&-
retry-full-silent    retry true >/dev/full
retry-head           retry yes | head -n 1
retry-heredoc        retry cat <<'END'
one
two
END
retry-fd             retry sh -c 'cat <&3' 3<requirements.txt
retry-exec-bit       cp requirements.txt tool && chmod 755 tool && retry ./tool
retry-nul            retry printf 'a\0b'
retry-no-newline     retry printf text
retry-umask          umask 027; retry touch made; stat -c %a made
"""

STEPS = calls(TABLE)
