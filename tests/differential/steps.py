"""Commands of RUN steps: shell in which `pip_install`, `go_download`, `apt_install`, `fetch` and `retry` are the plain
tool or the kit's command for it, run in a copy of the project. The form is that of calls.py.
"""

from __future__ import annotations

from differential.calls import calls
from differential.python_steps import PYTHON

TABLE = r"""
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
go-file-list         go_download && GOPROXY="file://$GOMODCACHE/cache/download,off" \
GOMODCACHE="$GOMODCACHE/b" go_download
go-env-file          mkdir -p ~/.config/go && printf 'GOPROXY=%s\n' "$GOPROXY" >~/.config/go/env && unset GOPROXY &&
GOENV=~/.config/go/env go_download
go-comma             GOPROXY="$GOPROXY,direct" go_download
go-pipe-dead         GOPROXY="http://127.0.0.1:1|$GOPROXY" go_download
go-off-behind        GOPROXY="$GOPROXY,off" go_download
go-two               go_download example.org/hello@v1.0.0 example.org/hello@latest
go-then-build        go_download && cd module && GOPROXY=off GOFLAGS=-mod=mod go build -o /dev/null .
go-exclude           (cd module && go mod edit -exclude example.org/hello@v0.9.0) && go_download
go-replace-version   (cd module && go mod edit -replace example.org/hello=example.org/hello@v1.0.0) && go_download
go-replace-missing   (cd module && go mod edit -replace example.org/hello=../none) && go_download
go-noproxy           GONOPROXY=example.com GOPRIVATE=example.com go_download
go-noproxy-none      GOPRIVATE=example.com GONOPROXY=none go_download
go-work-replace      (cd work && go work edit -replace example.org/hello=./h && mkdir h &&
printf 'module example.org/hello\n' >h/go.mod)
WHERE=work go_download
go-slash             GOPROXY="$PROXY_URL/" go_download
go-blank-list        GOPROXY=" $PROXY_URL , direct " go_download
go-mod-mod-flag      GOFLAGS='-mod=mod -modcacherw' go_download
go-mod-readonly      GOFLAGS='-mod=readonly' go_download
go-tags              GOFLAGS='-tags=a,b -ldflags=-s' go_download
go-quoted-flags      GOFLAGS="'-ldflags=-s -w'" go_download
go-bad-argument      go_download ./...
go-unknown-flag      go_download -zork
go-sum-missing-mod   grep -v go.mod module/go.sum >sum; mv sum module/go.sum && go_download
go-toolchain-local   GOTOOLCHAIN=local go_download
go-newer-local       (cd module && go mod edit -go=1.99) && GOTOOLCHAIN=local go_download
go-folder-blanks     mv module 'a module' && WHERE='a module' go_download
go-module-off        GO111MODULE=off go_download
go-flags-env-file    mkdir -p ~/.config/go && printf 'GOFLAGS=-mod=mod\n' >~/.config/go/env && unset GOFLAGS &&
GOENV=~/.config/go/env go_download
go-sum-file-missing  rm module/go.sum && go_download example.org/hello@v1.0.0
go-comment-only      printf 'module example.org/app // a\n\ngo 1.20\n' >module/go.mod && rm module/go.sum && go_download
*fetch-file          fetch file
fetch-page           fetch folder/page.html
fetch-empty          fetch empty
fetch-blanks         fetch 'a%20b'
fetch-query          fetch 'file?x=1&y=2'
fetch-redirect       fetch moved
fetch-chain          fetch chain
fetch-relative       fetch relative
fetch-encoded        fetch encoded
fetch-percent        fetch 'a%25b'
fetch-fragment       fetch 'file#part'
fetch-utf8           fetch 'gr%C3%BCn'
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
retry-order          retry sh -c 'for i in 1 2 3 4 5; do echo out$i; echo err$i >&2; done' 2>&1
retry-order-file     retry sh -c 'for i in 1 2 3; do echo out$i; echo err$i >&2; done' >own 2>&1
*retry-order-pipe     retry sh -c 'for i in 1 2 3; do echo out$i; echo err$i >&2; done' 2>&1 | cat
retry-order-swap     retry sh -c 'echo out; echo err >&2' 3>&1 1>&2 2>&3
retry-fd-each        exec 3<requirements.txt 4<other.txt 5<nested.txt 6<crlf.txt 7<constraints.txt 8<links.txt
retry sh -c 'cat <&3 <&4; cat <&4; cat <&5; cat <&6; cat <&7; cat <&8'
retry-fd-seven       retry cat /dev/fd/7 7<requirements.txt
retry-fd-write       retry sh -c 'echo a >&4; echo b >&7' 4>four 7>seven
*retry-fd-stdin       echo text | retry sh -c 'cat; cat <&7' 7<requirements.txt
retry-fd-eight-nine  echo text | retry sh -c 'cat; cat <&8; cat <&9' 8<requirements.txt 9<other.txt
retry-non-utf8       retry printf '\377\376\200 a\n'
retry-ten-mb         retry sh -c 'head -c 10000000 /dev/zero | tr "\0" y' | cksum
retry-both-large     retry sh -c 'head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2' 2>&1 | wc -c
retry-child-left     retry sh -c 'sleep 0.2 & exit 4'
retry-child-writes   retry sh -c '(sleep 0.1; echo late) & wait'
retry-exit-200       retry sh -c 'exit 200'
retry-segv           retry sh -c 'kill -SEGV $$' 2>&-
*retry-int            retry sh -c 'kill -INT $$' 2>&-
retry-pipe-signal    retry sh -c 'kill -PIPE $$' 2>&-
retry-dash-word      retry printf -- '-%s\n' --retries
retry-glob-words     retry printf '%s\n' '*' '?' '[a]' '~' '$HOME' '\n'
retry-empty-word     retry printf '<%s>\n' ''
retry-utf8           retry printf 'gr\303\274n\n'
retry-trap           retry sh -c 'trap "echo end" EXIT; exit 3'
retry-nested         retry sh -c 'echo a' | retry cat
retry-nice           retry nice -n 5 nice
retry-ulimit         (ulimit -n 64; retry sh -c 'ulimit -n')
retry-ignored-signal (trap '' TERM; retry sh -c 'trap; kill -TERM $$; echo lives')
retry-tty            retry tty
retry-ps             retry sh -c 'ps -o comm= -p $$'
retry-env-clean      env -i PATH="$PATH" "KIT=$KIT" sh -c 'x=$KIT; if [ -n "$x" ]; then :; fi; true'
retry-heredoc-err    retry sh -c 'cat >&2' <<'END'
one
END
retry-large-stdin    head -c 3000000 /dev/zero >own && retry wc -c <own && rm own
retry-stdin-again    (retry head -c 5; retry cat) <requirements.txt
retry-stdin-rest     (retry head -n 1; cat) <<'END'
one
two
END
retry-curl-page      retry curl -sSf "$FILES_URL/none" -o out && echo yes
retry-wget           retry wget -q "$FILES_URL/file" -O out
retry-wget-404       retry wget -q "$FILES_URL/none" -O out
retry-pip-missing    retry pip install -q --target out no-such-seawall==1.0.0
retry-python         retry python3 -c 'import sys; sys.exit("no")'
retry-python-trace   retry python3 -c 'raise ValueError("x")'
retry-git            retry git -c advice.detachedHead=false clone -q ./none
retry-false          retry false
retry-test           retry test a = b
retry-sleep          retry sleep 0.1
retry-umask          umask 027; retry touch made; stat -c %a made
"""

REFUSED = r"""
pip-missing-package  69 pip_install --target out no-such-seawall==1.0.0
pip-missing-version  69 pip_install --target out hello-seawall==9
pip-local            69 pip_install --target out 'hello-seawall==1.0.0+local'
pip-conflict         69 pip_install --target out hello-seawall==1.0.0 'hello-seawall>1'
pip-no-binary        69 pip_install --target out --no-binary :all: hello-seawall==1.0.0
pip-wrong-hash       65 pip_install --target out "$INDEX_URL/files/hello_seawall-1.0.0-py3-none-any.whl#sha256=00$SUM"
pip-python           69 pip_install --target out 'other-seawall==1.0.0 ; python_version>"3"'
uv-bad-option        2  uv_install --zork hello-seawall
uv-missing-package   69 uv_install -q --target out no-such-seawall==1.0.0
uv-missing-version   69 uv_install -q --target out hello-seawall==9
go-unknown-version   69 go_download example.org/hello@v9.9.9
go-unknown-module    69 go_download example.org/none@v1.0.0
go-wrong-sum         65 sed 's/h1:./h1:A/' module/go.sum >sum && mv sum module/go.sum && go_download
go-newer-line        69 (cd module && go mod edit -go=1.99) && GOTOOLCHAIN=auto go_download
fetch-missing        69 fetch none
retry-missing        71 retry no-such-command
retry-no-exec       126 retry ./requirements.txt
"""
"""Calls that fail as plain tools, with the exit code of the kit."""

STEPS = calls(PYTHON) + calls(TABLE)
