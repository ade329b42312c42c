"""Asking an upstream proxy for a tunnel, on a socket that is the tunnel's once it stands.

The answer's head is taken byte by byte: what follows it belongs to the server behind, and stays in
the socket for whoever reads it next. Loaded with the server.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import ExitStack
from http import HTTPStatus
from ipaddress import IPv4Address

import h11

from runner.egress.names import Address
from runner.egress.targets import Target
from runner.egress.upstream import Upstream

_LONGEST_HEAD = 16 * 1024


class UpstreamRefused(OSError):
    """The upstream proxy did not make the tunnel. `str()` says why, in words of ours."""


async def first_to_connect(
    addresses: tuple[Address, ...], port: int, dialled: list[Address | None]
) -> socket.socket:
    """A connection to the first of the addresses that answers; each one tried joins `dialled`.

    Raises:
        OSError: none did.
    """
    failure = OSError("it has no address")
    for address in addresses:
        dialled.append(address)
        family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
        with ExitStack() as stack:
            connection = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            connection.setblocking(False)
            try:
                await asyncio.get_running_loop().sock_connect(connection, (str(address), port))
            except OSError as error:
                failure = error
            else:
                stack.pop_all()
                return connection
    raise failure


async def tunnelled(
    connection: socket.socket,
    upstream: Upstream,
    target: Target,
    protocol: Callable[[], asyncio.Protocol],
) -> asyncio.Transport:
    """Turn a connection to the upstream proxy into one to the target, by its name.

    Raises:
        UpstreamRefused: it answered with anything but a tunnel.
        OSError: the connection broke.
    """
    with ExitStack() as stack:
        stack.enter_context(connection)
        await _ask(connection, upstream, target)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(protocol, sock=connection)
        stack.pop_all()
    return transport


async def _ask(connection: socket.socket, upstream: Upstream, target: Target) -> None:
    # The target's one spelling, made of letters that cannot end a line.
    authority = str(target).encode("ascii")
    headers = [(b"Host", authority)]
    if upstream.authorization:
        headers.append((b"Proxy-Authorization", upstream.authorization))
    client = h11.Connection(h11.CLIENT, _LONGEST_HEAD)
    request = client.send(h11.Request(method=b"CONNECT", target=authority, headers=headers))
    await asyncio.get_running_loop().sock_sendall(connection, request or b"")
    status = await _status(connection, client)
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        raise UpstreamRefused("the upstream proxy wants other credentials (407)")
    if not 200 <= status < 300:
        raise UpstreamRefused(f"the upstream proxy refuses it ({status})")


async def _status(connection: socket.socket, client: h11.Connection) -> int:
    loop = asyncio.get_running_loop()
    try:
        while True:
            event = client.next_event()
            if isinstance(event, h11.Response):
                return event.status_code
            if event is h11.NEED_DATA:
                client.receive_data(await loop.sock_recv(connection, 1))
            elif not isinstance(event, h11.InformationalResponse):
                raise UpstreamRefused("the upstream proxy hung up")
    except h11.RemoteProtocolError as error:
        raise UpstreamRefused("the upstream proxy's answer is not valid HTTP") from error
