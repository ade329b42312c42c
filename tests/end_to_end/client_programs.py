"""What clients run in a cell: shell scripts and small programs, as text."""

# What a WebSocket client does (RFC 6455), after a tunnel was opened in either language.
WEBSOCKET = r"""
import base64, os, socket, sys
from urllib.parse import urlsplit
port = int(sys.argv[2])
proxy = urlsplit(os.environ[sys.argv[1]])
s = socket.create_connection((proxy.hostname, proxy.port))
said = s.makefile("rb")
if proxy.scheme == "http":
    proof = base64.b64encode(f"{proxy.username}:{proxy.password}".encode())
    s.sendall(b"CONNECT localhost:%d HTTP/1.1\r\nHost: localhost:%d\r\n"
              b"Proxy-Authorization: Basic %b\r\n\r\n" % (port, port, proof))
    assert b" 200 " in said.readline() and said.readline() == b"\r\n"
else:
    user, password = proxy.username.encode(), proxy.password.encode()
    s.sendall(b"\5\1\2\1%c%b%c%b" % (len(user), user, len(password), password))
    s.sendall(b"\5\1\0\3\x09localhost" + port.to_bytes(2, "big"))
    assert said.read(2) + said.read(2) == b"\5\2\1\0" and said.read(10)[1] == 0
s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n"
          b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
          b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
assert b" 101 " in said.readline()
assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in b"".join(iter(said.readline, b"\r\n"))
s.sendall(b"\x81\x85\0\0\0\0hello")
print(said.read(2 + 5)[2:].decode())
"""

GRPC_CALL = """
import grpc, sys
with grpc.insecure_channel("localhost:" + sys.argv[1]) as channel:
    print(channel.unary_unary("/Echo/Say")(b"hello", timeout=20).decode())
"""

FETCH = """fetch(process.argv[1]).then(async answer => process.stdout.write(await answer.text()))"""
APT = r"""
printf 'deb [trusted=yes] %s/apt ./\n' "$1" >/tmp/list
mkdir -p /tmp/state/lists/partial /tmp/cache/archives/partial
set -- -qq -o Dir::State=/tmp/state -o Dir::Cache=/tmp/cache -o Dir::Etc::SourceList=/tmp/list \
    -o Dir::Etc::SourceParts=- -o APT::Sandbox::User= -o Acquire::Retries=0
cd /tmp && apt-get "$@" -o APT::Update::Error-Mode=any update && apt-get "$@" download hello
cat /tmp/hello_1_all.deb
"""
SCRIPTS = {
    "curl": 'curl -sS "$1/hello"',
    "curl through a tunnel": 'curl -sS --proxytunnel "$1/hello"',
    "curl with TLS": 'curl -sS --insecure "$2/hello"',
    "curl over SOCKS": 'curl -sS --proxy "$SANDBOX_SOCKS_PROXY" "$1/hello"',
    "wget": 'wget -q -O - "$1/hello"',
    "wget with TLS": 'wget -q -O - --no-check-certificate "$2/hello"',
    "urllib": 'python3 -c "import sys, urllib.request as r; '
    'print(r.urlopen(sys.argv[1]).read().decode(), end=str())" "$1/hello"',
    "Node fetch": f"node -e '{FETCH}' \"$1/hello\"",
    "Node fetch with TLS": "NODE_NO_WARNINGS=1 NODE_TLS_REJECT_UNAUTHORIZED=0 "
    f"node -e '{FETCH}' \"$2/hello\"",
    "git over HTTP": 'git clone -q "$1/repository.git" /tmp/copy && cat /tmp/copy/hello',
    "git over HTTPS": 'git -c http.sslVerify=false clone -q "$2/repository.git" /tmp/copy '
    "&& cat /tmp/copy/hello",
    "git over HTTP and SOCKS": 'git -c "http.proxy=$SANDBOX_SOCKS_PROXY" '
    'clone -q "$1/repository.git" /tmp/copy && cat /tmp/copy/hello',
    "apt": APT,
}
