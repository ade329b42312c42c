"""Room for as many files as there may be connections."""

import resource

_OTHERS = 512
"""Files of the rest of the process: cells, the engine, the user's own."""


def make_room_for(connections: int) -> None:
    """Raise this process's soft limit on open files, as far as its hard limit lets.

    It is 1,024 on most systems, for the sake of programs that use select(2): with so few, a flood
    of tunnels would take the files that the session needs to talk to its engine.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * connections + _OTHERS  # a tunnel has two ends
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
