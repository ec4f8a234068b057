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
*go-download         go_download
go-module            go_download example.org/hello@v1.0.0
go-all               go_download all
*go-json             go_download -json example.org/hello@v1.0.0
go-below             WHERE=module/below go_download
go-without-module    WHERE=wheel go_download example.org/hello@v1.0.0
go-mod-flag          GOFLAGS=-mod=mod go_download
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
retry-umask          umask 027; retry touch made; stat -c %a made
"""

STEPS = calls(TABLE)
