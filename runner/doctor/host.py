"""The machine without its engine: certificates, disk space, kernel."""

import platform
import shutil
from collections.abc import Mapping
from pathlib import Path

from runner.doctor.finding import Finding, broken, ok, weak
from runner.sandbox.ca_bundle import host_ca_bundle

_GIB = 1024**3
_SCARCE = 2 * _GIB
_NONE_LEFT = _GIB // 4
_CA_WHY = "Cells trust what this machine trusts; TLS fails in them without it."
_NAMESPACES = {
    "user/max_user_namespaces": "0",
    "kernel/unprivileged_userns_clone": "0",  # Debian's and Arch's kernels
    "kernel/apparmor_restrict_unprivileged_userns": "1",  # Ubuntu 23.10 and later
}
"""Settings below /proc/sys, and the value by which each forbids unprivileged user namespaces."""


def ca_bundle(environment: Mapping[str, str]) -> Finding:
    """The bundle that cells will get to see."""
    bundle = host_ca_bundle(environment)
    return judged_bundle(bundle, _certificates(bundle), environment.get("SSL_CERT_FILE", ""))


def judged_bundle(bundle: Path | None, certificates: int | None, named: str) -> Finding:
    """`certificates`: how many are in it, `None` when it cannot be read; `named`: SSL_CERT_FILE."""
    name = "CA bundle"
    if bundle is None:
        fix = "Install it: `sudo apt install ca-certificates`, or name one in SSL_CERT_FILE."
        return weak(name, "this machine has none in the usual places", _CA_WHY, fix)
    if not certificates:
        state = "cannot be read" if certificates is None else "holds no certificate"
        fix = f"Make it readable to everybody: `sudo chmod a+r {bundle}`, or make it anew: "
        fix += "`sudo update-ca-certificates --fresh`."
        return broken(name, f"{bundle} {state}", _CA_WHY, fix)
    if named and not Path(named).is_file():
        fix = "Correct SSL_CERT_FILE, or unset it."
        found = f"SSL_CERT_FILE names {named}, which is no file; {bundle} is used"
        return weak(name, found, _CA_WHY, fix)
    return ok(name, f"{bundle}, {certificates} certificates", _CA_WHY)


def disk(name: str, place: str) -> Finding:
    """Free space where `place` is; an engine in a virtual machine keeps its own out of sight."""
    try:
        free = shutil.disk_usage(place).free if place else None
    except OSError:
        free = None
    return judged_disk(name, place, free)


def judged_disk(name: str, place: str, free_bytes: int | None) -> Finding:
    """`free_bytes`: `None` when it cannot be seen from here."""
    why = "A full disk ends commands in the middle of their work."
    if free_bytes is None:
        return ok(name, f"{place or 'its folder'} cannot be seen from here", why)
    found = f"{free_bytes / _GIB:.1f} GiB free at {place}"
    if free_bytes >= _SCARCE:
        return ok(name, found, why)
    fix = "Free some space: `docker system df` shows what the engine uses, `sandbox gc` removes "
    fix += "what is left of ours."
    return (broken if free_bytes < _NONE_LEFT else weak)(name, found, why, fix)


def kernel(settings_folder: Path = Path("/proc/sys")) -> Finding:
    """A fact for engines without a daemon, which need unprivileged user namespaces."""
    settings = {name: _setting(settings_folder / name) for name in _NAMESPACES}
    return judged_kernel(platform.release(), settings)


def judged_kernel(release: str, settings: Mapping[str, str]) -> Finding:
    """`settings`: what `_NAMESPACES` lists, empty text where this kernel does not have it."""
    forbidding = [name for name, value in _NAMESPACES.items() if settings.get(name) == value]
    verdict = f"{forbidding[0]} forbids" if forbidding else "no setting forbids"
    why = "An engine without a daemon needs them from an ordinary user; Docker does not."
    return ok("kernel", f"Linux {release}; {verdict} user namespaces", why)


def kernel_has_apparmor(module: Path = Path("/sys/module/apparmor/parameters/enabled")) -> bool:
    """Whether the running kernel has AppArmor switched on."""
    return _setting(module) == "Y"


def _setting(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""


def _certificates(bundle: Path | None) -> int | None:
    try:
        return bundle.read_bytes().count(b"-----BEGIN ") if bundle is not None else None
    except OSError:
        return None
