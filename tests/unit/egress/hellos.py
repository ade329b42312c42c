"""TLS hellos: real ones by OpenSSL, made-up ones piece by piece, and OpenSSL as a second reader."""

import ssl
import struct


def real_hello(
    name: str | None,
    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    maximum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
) -> bytes:
    """What OpenSSL sends first to a server of that name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version, context.maximum_version = minimum, maximum
    sent = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), sent, server_hostname=name)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return sent.read()
    raise AssertionError("it waits for no answer")


def read_by_openssl(hello: bytes) -> list[str | None]:
    """The name a server of OpenSSL takes from it; empty if it takes it for no hello."""
    seen: list[str | None] = []

    def note(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> int:
        seen.append(name)
        return ssl.ALERT_DESCRIPTION_ACCESS_DENIED

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = note
    received = ssl.MemoryBIO()
    server = context.wrap_bio(received, ssl.MemoryBIO(), server_side=True)
    received.write(hello)
    try:
        server.do_handshake()
    except ssl.SSLError:
        return seen
    raise AssertionError("there is nothing to finish it with")


def vector(size: int, data: bytes) -> bytes:
    """Bytes behind their length, which is `size` bytes long."""
    return len(data).to_bytes(size, "big") + data


def name_entry(name: bytes, kind: int = 0) -> bytes:
    """One entry of a server name list (RFC 6066 3)."""
    return bytes((kind,)) + vector(2, name)


def extension(kind: int, data: bytes) -> bytes:
    """One extension."""
    return struct.pack(">H", kind) + vector(2, data)


def server_name(*entries: bytes) -> bytes:
    """The extension that names the server."""
    return extension(0, vector(2, b"".join(entries)))


def message(*extensions: bytes, tail: bytes = b"") -> bytes:
    """The ClientHello with these extensions, as a handshake message."""
    body = b"\x03\x03" + bytes(32) + vector(1, b"") + vector(2, b"\xc0\x2f") + vector(1, b"\0")
    body += vector(2, b"".join(extensions)) + tail
    return b"\x01" + vector(3, body)


def records(handshake: bytes, size: int = 1 << 14) -> bytes:
    """A handshake message in TLS records of at most `size` bytes."""
    pieces = (handshake[at : at + size] for at in range(0, len(handshake), size))
    return b"".join(b"\x16\x03\x01" + vector(2, piece) for piece in pieces)


def hello(*extensions: bytes) -> bytes:
    """A whole made-up hello."""
    return records(message(*extensions))
