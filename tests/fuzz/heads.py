"""Request heads: good ones, good ones with something slipped in, and rubbish."""

from hypothesis import strategies as st

from tests.fuzz.texts import NAMES, authorities, urls

_AT = st.sampled_from([f"{name}:80" for name in NAMES] + ["[::1]:80", "93.184.215.14:80"])

_SLIPPED_IN = (
    b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\n\n", b"\0", b" ", b"\t", b"\x0b", b"\x0c", b"\x85",
    b"\xa0", b"\r\n ", b"\r\n\t", b":", b",", b"\x01", b"\x1c", b"\x7f", b"\xff",
    b"\r\nHost: example.org", b"\r\nContent-Length: 3", b"\r\nTransfer-Encoding: chunked",
    b"\r\n\r\nGET http://example.org/ HTTP/1.1\r\nHost: example.org\r\n\r\n",
)  # fmt: skip

_HEADERS = (
    b"Content-Length: 5", b"Content-Length: 05", b"Content-Length: +5", b"Content-Length: 5, 5",
    b"Content-Length: 5, 6", b"Content-Length: 5\r\nTransfer-Encoding: chunked",
    b"Content-Length : 5", b"Content-Length:5", b"content-length: 0x5",
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: Chunked",
    b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding:\tchunked",
    b"Transfer-Encoding: x", b"Transfer-Encoding : chunked",
    b"Connection: close", b"Connection: host, content-length", b"Connection: x-thing, keep-alive",
    b"X-Thing: 1", b"X-Empty:", b"Proxy-Connection: keep-alive", b"Upgrade: websocket",
    b"Expect: 100-continue", b"TE: trailers", b"Trailer: x", b"Host: example.org", b"Host:",
    b" X: y", b": nothing", b"X", b"Cookie: a=b", b"X-Obs: \xe9", b"X_Y: 1", b"Keep-Alive: 5",
)  # fmt: skip

_methods = st.sampled_from(
    ["GET", "POST", "CONNECT", "HEAD", "OPTIONS", "get", "P\u00d6ST", "G T", ""]
)
_versions = st.sampled_from(
    ["HTTP/1.1"] * 6 + ["HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTTP/1.10", ""]
)


@st.composite
def _agreeing(draw: st.DrawFn) -> tuple[str, str, str]:
    """Method, target and `Host` of a request that names one place."""
    authority = draw(_AT)
    if draw(st.booleans()):
        return "CONNECT", authority, authority
    path = draw(
        st.sampled_from(["/", "/x", "?q=1", "", "//example.org/", "/a?b=http://example.org/"])
    )
    host = draw(st.sampled_from([authority, authority, authority.removesuffix(":80"), NAMES[3]]))
    return draw(st.sampled_from(["GET", "POST", "HEAD"])), f"http://{authority}{path}", host


_any_three = st.tuples(_methods, urls | authorities, authorities | st.sampled_from(NAMES))


@st.composite
def heads(draw: st.DrawFn) -> bytes:
    """The bytes of a head; most of them are complete."""
    method, target, host = draw(_agreeing() | _agreeing() | _any_three)
    lines = [f"{method} {target} {draw(_versions)}".encode("utf-8", "surrogatepass")]
    lines.append(f"Host: {host}".encode("utf-8", "surrogatepass"))
    lines += draw(st.lists(st.sampled_from(_HEADERS), max_size=4))
    if draw(st.integers(0, 9)) == 0:
        lines += [b"Content-Length: 5", b"Transfer-Encoding: chunked"]
    head = b"\r\n".join(lines) + b"\r\n\r\n"
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        at = draw(st.integers(0, len(head)))
        head = head[:at] + draw(st.sampled_from(_SLIPPED_IN)) + head[at:]
    return head


plain = st.sampled_from(NAMES).map(
    lambda name: f"CONNECT {name}:80 HTTP/1.1\r\nHost: {name}:80\r\n\r\n".encode()
)
anything = heads() | st.binary(max_size=80)
