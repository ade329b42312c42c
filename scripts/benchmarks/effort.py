"""How much is measured: enough to publish, or enough to see whether something broke."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """Rounds of each benchmark, and how long its slices are."""

    calls: int
    slices: int
    slice_seconds: float
    cold_starts: int
    streams: int
    stream_mib: int
    surveys: int
    tunnel_slices: int
    tunnels: int
    tunnel_seconds: int
    bulk_mib: int


FULL = Effort(
    calls=100,
    slices=5,
    slice_seconds=4.0,
    cold_starts=30,
    streams=3,
    stream_mib=1024,
    surveys=25,
    tunnel_slices=10,
    tunnels=200,
    tunnel_seconds=2,
    bulk_mib=1024,
)
QUICK = Effort(
    calls=5,
    slices=1,
    slice_seconds=2.0,
    cold_starts=2,
    streams=1,
    stream_mib=1024,
    surveys=2,
    tunnel_slices=1,
    tunnels=50,
    tunnel_seconds=1,
    bulk_mib=256,
)
