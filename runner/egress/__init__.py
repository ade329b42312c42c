"""The only way out of a cell: a proxy that decides, judges the address, then dials it.

Deciding is pure: `names`, `targets`, `rules`, `addresses`, `requests`. The `gate` stands between it
and the sockets of `server`. `proxy` is what a session holds.
"""
