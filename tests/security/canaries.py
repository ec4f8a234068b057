"""Texts with a secret, and similar texts without one: the kit's redaction is measured with them."""

from __future__ import annotations

SECRET = "S3CRET"  # noqa: S105 # no real one
"""A piece of every secret in SECRETS, and of nothing else there."""

SECRETS = tuple(
    line.replace("⏎", "\n")
    for line in r"""
https://bob:S3CRET@a.example.org/x
https://S3CRET@a.example.org/x
https://bob:pa,S3CRET@host
https://bob:pa/S3CRET@host/x
https://bob:pa"S3CRET@host/x
https://bob:pa'S3CRET@host/x
https://bob:pa?S3CRET@host/x
https://bob:pa@S3CRET@host/x
https://bob:pa#S3CRET@host/x
https://bob:S3CRET/@host/x
https://bob:pa/@v/S3CRET@host/x
https://bob:pa@sha256:S3CRET@host/x
a.example.org=https://bob:S3CRET@b.example.org,https://bob:S3CRET@c.example.org
socks5h://bob:S3CRET@a.example.org:1080
git+https://x-access-token:S3CRET@github.com/a/b.git
mongodb+srv://u:S3CRET@c.example.org/?x=S3CRET
bob:S3CRET@host
"bob:S3CRET@host:80" and more
proxy=bob:pa,S3CRET@host
saw 'bob:S3CRET@10.0.0.1'
https://a.example.org/x?sig=S3CRET&b=c: 403
https://a.example.org/x?S3CRET
Get "https://a.example.org/x?X-Amz-Signature=S3CRET": EOF
{"url":"https://a.example.org/x?a=b\u0026sig=S3CRET"}
GET /v2/x?token=S3CRET HTTP/1.1
curl 'https://a.example.org/x?sig=S3CRET'
wanted SEAWALL_NAME=VALUE, saw 'NPM_TOKEN=S3CRET': correct the line
wanted SEAWALL_NAME=VALUE, saw 'export DB_PASS="two S3CRET"': correct the line
DB_PASS=S3CRET
PASSWD=S3CRET
DB_PWD=S3CRET
PGPASSWORD=S3CRET
API_KEY=S3CRET
apikey: S3CRET
api_key=pa,S3CRET'S3CRET
ACCESS-KEY = S3CRET
MY_SECRET_KEY=S3CRET
AWS_SECRET_ACCESS_KEY=pa/S3CRET+S3CRET=
client_secret=S3CRET&x=y
NPM_TOKEN=S3CRET,NPM_TOKEN=S3CRET
//registry.example.org/:_authToken=S3CRET
_auth=S3CRET
_password="S3CRET"
PASSWORD="two S3CRET"
PASSWORD='two S3CRET
"msg":"PASSWORD=\"two S3CRET\""
password: S3CRET
password = S3CRET
Authorization: Basic S3CRET
authorization:Bearer S3CRET
lost header Authorization: Digest username="x", response="S3CRET"
curl -H "Authorization: Basic S3CRET" https://a.example.org
curl -H 'X-JFrog-Art-Api-Key: S3CRET' https://a.example.org
{"Authorization":["Basic S3CRET"],"x":1}
X-Vault-Token: S3CRET S3CRET
PRIVATE-TOKEN: S3CRET
Cookie: a="b c"; d=S3CRET
Proxy-Authorization: Basic S3CRET
got Basic Ym9iOlMzQ1JFVA/S3CRET== there
Bearer abcS3CRET.x
Bearer S3CRET
ghp_S3CRET7890123456789012345678901234
gho_S3CRET7890123456789012345678901234
github_pat_S3CRET1234567890_123456789012
glpat-S3CRET12345678901234
npm_S3CRET1234567890123456789012345678
xoxb-S3CRET-1234-abcdef
AKIAS3CRET1234567890
ASIAS3CRET1234567890
eyJhbGciOi.eyJS3CRET.c2lnbmVk there
"auth": "S3CRET"
{"auths":{"h":{"auth":"S3CRET="}}}
{"token": "S3CRET", "password":"a\"S3CRET"}
"{\"token\":\"S3CRET\",\"x\":1}"
{'password': 'two S3CRET'}
docker login --password S3CRET host
docker login --password=S3CRET host
tool --token "two S3CRET" x
tool --api-key S3CRET
-----BEGIN RSA PRIVATE KEY-----S3CRET-----END RSA PRIVATE KEY-----
"key": "-----BEGIN PRIVATE KEY-----\nS3CRET\nS3CRETabc=\n-----END PRIVATE KEY-----\n"
-----BEGIN OPENSSH PRIVATE KEY-----⏎S3CRETS3CRETS3CRETS3CRETS3CRET⏎S3CRET==⏎-----END OPENSSH PRIVATE KEY-----
#12 0.1 -----BEGIN EC PRIVATE KEY-----⏎#12 0.1 S3CRETS3CRETS3⏎#12 0.1 S3CRET⏎#12 0.1 -----END EC PRIVATE KEY-----
""".strip().splitlines()
)
"""Each with SECRET in it; `⏎` stands for a new line."""

PLAIN = tuple(
    r"""
https://a.example.org/x
https://a.example.org/mod/@v/list
http://lab:8080/!azure/x/@latest
https://reg.example.org:4873/@babel/core/-/core-7.tgz
docker.io/library/alpine@sha256:0123
docker-image://mirror/app:1@sha256:OLD
docker-image://mirror.gcr.io/library/app:1@sha256:0123
127.0.0.1:5000/app:1@sha256:0123
app:1@sha256:0123 app:1
git@github.com:x/y.git
write to bob@example.org
-n -e --x
a\tb\c
100 % %s
Zürich, 日本
{"source":"https://a.example.org","detail":"alpine@sha256:0123"}
{"class":"auth","verdict":"stop","detail":"none"}
[auth] auth: denied, token expired
docker.io answered with an HTML page instead of a manifest; using mirror.gcr.io
Www-Authenticate: Bearer realm="https://auth.docker.io/token",service="registry.docker.io"
#5 RUN --mount=type=secret,id=seawall.conf,target=/run/seawall.conf /seawall/stage/x.sh
--secret id=npm,src=/x/npmrc
syntax error: unexpected token: ')'
if token == null then
basic authentication required
PWD=/src OLDPWD=/x
npm_config_registry=x npm_lifecycle_event=y
what is this? it is a=b
"x": "npm:react@17.0.2"
compass=3 bypass: 4
-----BEGIN CERTIFICATE-----
FROM golang:1.22 AS build
go: example.org/a@v1.2.3: reading
PASS: TestIt
docker login --password-stdin registry.example.org
""".strip().splitlines()
)
"""None of these holds a secret, and each stays as it is."""
