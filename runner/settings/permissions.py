"""Which of the permission rules speak about the network, and about which host.

Those of other tools are the permission engine's. None that names WebFetch is passed over: one that
was meant to deny, and is misspelt, must not look as if it did.
"""

import re
from typing import Literal, TypeAlias

List: TypeAlias = Literal["allow", "ask", "deny"]

EVERY_HOST = "*"

_TOOL = "webfetch"
_RULE = re.compile(r"[^()]*(?:\((?P<specifier>.*)\))?", re.DOTALL)
_DOMAIN = re.compile(r"\s*domain\s*:\s*(?P<host>\S+)\s*")


class PermissionRefused(ValueError):
    """A rule about the network that cannot be one. `str()` says why."""


def host_of(text: str, kind: List) -> str | None:
    """The host pattern in `WebFetch(domain:HOST)`, `EVERY_HOST` without one; `None`: no such rule.

    Where rules restrict, a `*` in the tool's name stands for any letters, as it does for all tools.

    Raises:
        PermissionRefused: it speaks about WebFetch in another form, or would allow every host.
    """
    found = _RULE.fullmatch(text.strip())
    name = re.split(r"[()]", text.strip(), maxsplit=1)[0].strip()
    if not _names_it(name, globs=kind != "allow"):
        return None
    host = _host(found)
    if host == EVERY_HOST and kind == "allow":
        raise PermissionRefused("it would allow every host")
    return host


def _names_it(name: str, *, globs: bool) -> bool:
    parts = name.casefold().split("*") if globs else [name.casefold()]
    return re.fullmatch(".*".join(map(re.escape, parts)), _TOOL) is not None


def _host(found: re.Match[str] | None) -> str:
    if found is None:
        raise PermissionRefused("its brackets do not match")
    specifier = found["specifier"]
    if specifier is None or specifier.strip() == "*":
        return EVERY_HOST
    domain = _DOMAIN.fullmatch(specifier)
    if domain is None:
        raise PermissionRefused("what stands in brackets is not domain:HOST")
    return domain["host"]
