"""What one client of the proxy may use of it, so that no client can use it up."""

from dataclasses import dataclass

from runner.egress.rules import Rule


@dataclass(frozen=True, slots=True)
class ByteBound:
    """The most bytes that may move, both ways together, and the setting that says so.

    The setting stands as a rule about every host, with its key, value and place: it is what a
    verdict names when the bound is reached.
    """

    most: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class EgressLimits:
    """Bounds on connections, heads and waits; passed bounds close the one connection concerned."""

    backlog: int = 1024
    """Not yet accepted; beyond it, a client that does not wait is turned away by the kernel."""

    connections: int = 4096
    connections_per_call: int = 1024
    head_bytes: int = 32 * 1024
    head_seconds: float = 10.0
    """From the first to the last byte of a request head, and from connecting to the first."""

    idle_seconds: float = 60.0
    """Between two requests on one connection."""

    connect_seconds: float = 15.0
    """For resolving the name and for connecting, together."""

    approval_seconds: float = 300.0
    """For the user to answer, while the connection is held."""

    hello_seconds: float = 10.0
    """For a TLS hello in a tunnel: from the tunnel's first moment to port 443, else from its first
    byte."""

    early_bytes: int = 64 * 1024
    """Sent by the client before its tunnel stands; more is left in the socket."""

    farewell_seconds: float = 2.0
    """For a refused client to read its answer before the connection is cut."""

    bytes_per_host: ByteBound | None = None
    bytes_per_session: ByteBound | None = None
