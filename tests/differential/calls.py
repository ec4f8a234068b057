"""Calls of docker and buildx as people write them: shell, run in a copy of the project with NAME and HOST set.

Each is a line `name  script`; a name that begins with `*` is part of the default run, the others run with --all.
"""

from __future__ import annotations

from dataclasses import dataclass

TABLE = r"""
tag                  docker buildx build -t $NAME:1 .
*docker-build        docker build -t $NAME:1 .
image-build          docker image build --tag=$NAME:1 .
builder-build        docker builder build --tag $NAME:1 .
buildx-b             docker buildx b -t$NAME:1 .
two-tags             docker build -t $NAME:1 -t $NAME:two --tag=$NAME .
load                 docker buildx build --load -t $NAME:1 .
quiet                docker build -q -t $NAME:1 .
cluster              docker build -qt $NAME:1 .
cluster-glued        docker build -qt$NAME:1 .
quiet-false          docker build --quiet=false -t $NAME:1 .
*iidfile             docker build --iidfile id -t $NAME:1 .
iidfile-equals       docker build --iidfile=./id .
*metadata            docker buildx build --metadata-file meta.json -t $NAME:1 .
metadata-equals      docker buildx build --metadata-file=meta.json .
label                docker build --label a=b --label c= --label "d=x y" -t $NAME:1 .
label-lines          docker build --label "notes=one

two
" -t $NAME:1 .
*build-arg           docker build --build-arg V=2 -t $NAME:1 .
build-arg-env        V=from-here docker build --build-arg V -t $NAME:1 .
build-arg-unset      docker build --build-arg V --build-arg NOTHING -t $NAME:1 .
build-arg-empty      docker build --build-arg V= -t $NAME:1 .
*build-arg-lines     docker build --build-arg "V=one
BASE=two

three
" -t $NAME:1 .
build-arg-quotes     docker build --build-arg V="it's \"x\" \$y \`z\`" -t $NAME:1 .
build-arg-last-wins  docker build --build-arg V=1 --build-arg V=2 -t $NAME:1 .
build-arg-base       docker build --build-arg BASE=$HOST/team/hello:1 -t $NAME:1 .
build-arg-scratch    docker build --build-arg BASE=scratch -t $NAME:1 .
build-arg-unused     docker build --build-arg UNKNOWN=1 -t $NAME:1 .
target               docker build --target work -t $NAME:1 .
target-equals        docker build --target=tools -t $NAME:1 .
target-number        docker build --target 1 -t $NAME:1 .
target-case          docker build --target WORK -t $NAME:1 .
target-empty         docker build --target "" -t $NAME:1 .
*target-unknown      docker build --target nothing .
file                 docker build -f Other.Dockerfile -t $NAME:1 .
file-glued           docker build -fOther.Dockerfile .
file-equals          docker build --file=Other.Dockerfile .
file-equals-short    docker build -f=Other.Dockerfile .
file-absolute        docker build -f "$PWD/Other.Dockerfile" .
file-above           cd sub\ dir && docker build -f ../Other.Dockerfile ..
file-outside         mv Other.Dockerfile ../outside && docker build -f ../outside . ; s=$?; rm ../outside; exit $s
*file-stdin          docker build -f - -t $NAME:1 . <Other.Dockerfile
file-stdin-pipe      cat Other.Dockerfile | docker build -f- .
file-dev-stdin       docker build -f /dev/stdin . <Other.Dockerfile
*dockerfile-stdin    docker build -t $NAME:1 - <Other.Dockerfile
dockerfile-pipe      printf 'FROM scratch\nLABEL a=b\n' | docker build -q -
tar-stdin            tar -cf - . | docker build -t $NAME:1 -
tar-stdin-file       tar -czf - . | docker build -f Other.Dockerfile -
tar-file             tar -cf ../c.tar . && docker build - <../c.tar; s=$?; rm ../c.tar; exit $s
stdin-closed         docker build . <&-
stdin-empty          docker build - </dev/null
stdin-unused         echo unused | docker build -t $NAME:1 .
folder-blanks        docker build "sub dir"
folder-slash         docker build ./sub\ dir/
folder-absolute      docker build "$PWD"
folder-link          ln -s . link && docker build link/
ends-options         docker build -t $NAME:1 -- .
context-first        docker build . -t $NAME:1 --label a=b
context-between      docker build --label a=b . -t $NAME:1
no-cache             docker build --no-cache -t $NAME:1 . >/dev/null
no-cache-filter      docker build --no-cache-filter work -f Other.Dockerfile .
pull                 docker build --pull -t $NAME:1 .
pull-false           docker build --pull=false -t $NAME:1 .
platform             docker build --platform linux/amd64 -t $NAME:1 .
platform-equals      docker build --platform=linux/amd64 .
*output-local        docker build -o out --target work .
output-local-long    docker build --output type=local,dest=out --target work .
output-csv           docker build --output '"type=local","dest=out put"' --target work .
output-tar           docker build -o type=tar,dest=out.tar --target work .
output-stdout        docker build -o - --target work . >out.tar
output-oci           docker build -o type=oci,dest=out.tar,tar=true .
output-docker        docker build -o type=docker,dest=out.tar,name=$NAME:1 .
output-cacheonly     docker build -o type=cacheonly .
output-image         docker build -o type=image,name=$NAME:1 .
output-two           docker build -o type=tar,dest=a.tar -o type=oci,dest=b.tar .
output-wrong         docker build -o type=nothing .
*push                docker build -t $HOST/pushed/$NAME:1 --push .
push-output          docker build -o type=registry,name=$HOST/pushed/$NAME:2 .
push-image           docker build -o type=image,name=$HOST/pushed/$NAME:3,push=true .
progress-plain       docker build --progress plain -t $NAME:1 .
progress-equals      docker build --progress=plain .
*progress-rawjson    docker buildx build --progress rawjson -q . 2>/dev/null
progress-quiet       docker buildx build --progress quiet .
progress-none        docker buildx build --progress none .
progress-env         BUILDKIT_PROGRESS=quiet docker buildx build .
progress-wrong       docker build --progress nothing .
provenance           docker build --provenance=mode=max -o type=oci,dest=- . | wc -l
provenance-false     docker build --provenance=false -t $NAME:1 .
attest               docker build --attest type=provenance,mode=min -t $NAME:1 .
annotation           docker build --annotation a=b -o type=oci,dest=out.tar .
cache-from-local     docker build --cache-from type=local,src=none -t $NAME:1 .
*cache-to-local      docker build --cache-to type=local,dest=cache,mode=max -t $NAME:1 . &&
test -s cache/index.json && rm -r cache
cache-inline         docker build --cache-to type=inline -t $NAME:1 .
cache-from-registry  docker build --cache-from $HOST/team/hello:1 -t $NAME:1 .
*secret              docker build --target secret --secret id=t,src=secret.txt -o out .
secret-env           T='a
b' docker build --target secret --secret id=t,env=T -o out .
secret-id-env        t=x docker build --target secret --secret id=t -o out .
*secret-stdin        docker build --target secret --secret id=t,src=/dev/stdin -o out . <secret.txt
secret-fd            docker build --target secret --secret id=t,src=/dev/fd/5 -o out . 5<secret.txt
secret-pipe          cat secret.txt | docker build --target secret --secret id=t,src=/dev/stdin -o out .
secret-csv           cp secret.txt 'a,b' && docker build --target secret --secret '"id=t","src=a,b"' -o out .
secret-missing       docker build --target secret --secret id=t,src=none .
add-host             docker build --add-host one:10.0.0.1 -f Other.Dockerfile .
network-none         docker build --network none -f Other.Dockerfile .
network-host         docker build --network host --allow network.host -f Other.Dockerfile .
shm-size             docker build --shm-size 64m -f Other.Dockerfile .
ulimit               docker build --ulimit nofile=1024 -f Other.Dockerfile .
cgroup-parent        docker build --cgroup-parent=x -f Other.Dockerfile .
*context-folder      docker build --build-context base=./sub\ dir -f Named.Dockerfile -o out .
context-image        docker build --build-context base=docker-image://$HOST/team/hello:1 -f Named.Dockerfile -o out .
context-tag          docker build --build-context base:latest=./sub\ dir -f Named.Dockerfile -o out .
context-long         docker build --build-context docker.io/library/base=./sub\ dir -f Named.Dockerfile -o out .
context-scratch      docker build --build-context work=docker-image://$HOST/team/hello:1 -t $NAME:1 .
*check               docker build --check -f Lint.Dockerfile .
check-clean          docker build --check .
call-check           docker buildx build --call=check -f Lint.Dockerfile .
call-outline         docker buildx build --call=outline .
*call-targets        docker buildx build --call=targets .
call-json            docker buildx build --call=outline,format=json .
warnings             docker build -f Lint.Dockerfile -t $NAME:1 .
debug                docker build -D -t $NAME:1 .
docker-debug         docker -D build -q -t $NAME:1 .
docker-log-level     docker --log-level=error build -t $NAME:1 .
docker-host          h=$DOCKER_HOST; unset DOCKER_HOST; docker --host "$h" build -t $NAME:1 .
docker-host-glued    h=$DOCKER_HOST; unset DOCKER_HOST; docker -H"$h" build -t $NAME:1 .
buildx-builder       docker buildx --builder default build -t $NAME:1 .
builder              docker buildx build --builder default -t $NAME:1 .
builder-env          BUILDX_BUILDER=default docker build -t $NAME:1 .
builder-unknown      docker buildx build --builder nothing-$NAME .
docker-context       docker --context default build -t $NAME:1 .
buildkit-env         DOCKER_BUILDKIT=1 docker build -t $NAME:1 .
epoch                SOURCE_DATE_EPOCH=1000000000 docker build -o type=oci,dest=out.tar .
epoch-arg            docker build --build-arg SOURCE_DATE_EPOCH=1000000000 -o type=oci,dest=out.tar .
git-labels           BUILDX_GIT_LABELS=1 docker build -t $NAME:1 .
no-attestations      BUILDX_NO_DEFAULT_ATTESTATIONS=0 docker build -q -o type=cacheonly .
*step-fails          docker build --target fails .
step-fails-quiet     docker build -q --target fails .
step-fails-rawjson   docker buildx build --progress quiet --target fails .
syntax-error         docker build -f Bad.Dockerfile .
empty-dockerfile     docker build -f Empty.Dockerfile .
missing-dockerfile   docker build -f None.Dockerfile .
missing-folder       docker build none
missing-file         docker build -f Missing.Dockerfile .
no-context           docker build
two-contexts         docker build . sub\ dir
unknown-flag         docker build --nothing .
unknown-flag-short   docker build -z .
flag-without-value   docker build . --tag
wrong-tag            docker build -t UPPER/case .
wrong-number         docker build --shm-size many .
wrong-secret         docker build --secret src= .
wrong-bool           docker build --no-cache=maybe .
help                 docker build --help
buildx-help          docker buildx build --help
help-short           docker buildx build -h
version              docker buildx version
list                 docker buildx ls --format '{{.Name}}'
du                   docker buildx du --filter id=none
inspect              docker buildx inspect default | grep Driver
imagetools           docker buildx imagetools inspect $HOST/team/hello:1 --format '{{.Name}}'
unknown-command      docker buildx nothing
heredoc              docker build -f Heredoc.Dockerfile -o out .
ignore-file          docker build -f Other.Dockerfile -o out .
add-url              docker build --build-arg URL=http://$FILES/file -f Add.Dockerfile -o out .
remote-tar           docker build -o out http://$FILES/context.tar
remote-dockerfile    docker build -o out http://$FILES/Dockerfile
remote-missing       docker build http://$FILES/none.tar
*bake                docker buildx bake
bake-target          docker buildx bake two
bake-print           docker buildx bake --print
bake-set             docker buildx bake --set one.args.V=5 one
bake-stdin           docker buildx bake --file - one <docker-bake.hcl
bake-compose         docker buildx bake --file - --progress quiet --metadata-file meta.json \
--allow fs.read=. <compose.yaml
bake-file            docker buildx bake -f compose.yaml
bake-check           docker buildx bake --check
bake-list            docker buildx bake --list targets
bake-unknown         docker buildx bake nothing
bake-fails           docker buildx bake bad
bake-global          docker buildx --builder default bake two
*seawall-off         SEAWALL=off docker build -t $NAME:1 .
"""


@dataclass(frozen=True)
class Call:
    """One call: its name, its shell script, and whether it is part of the default run."""

    name: str
    script: str
    default: bool


def calls(table: str) -> tuple[Call, ...]:
    """Reads the table. A line that does not begin with a name continues the script of the line before."""
    rows: list[list[str]] = []
    for line in table.strip("\n").split("\n"):
        name, gap, script = line.partition("  ")
        if gap and name.strip("*").replace("-", "").isalnum():
            rows.append([name, script.lstrip(" ")])
        else:
            rows[-1][1] += f"\n{line}"
    return tuple(Call(name.lstrip("*"), script, name.startswith("*")) for name, script in rows)


BUILDS = calls(TABLE)
