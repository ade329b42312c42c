"""The confinement as a process in a cell sees it: read there, judged here.

What the engine says it does is not asked: the kernel's own files in the cell say what holds.
"""

from collections.abc import Mapping

from runner.doctor.finding import NOT_KNOWN, Finding, broken, ok, weak

STATUS = "/proc/self/status"
LABEL = "/proc/self/attr/current"
MOUNTS = "/proc/self/mountinfo"
DEVICES = "/proc/net/dev"
CPU_MAX = "/sys/fs/cgroup/cpu.max"
CPU_QUOTA = "/sys/fs/cgroup/cpu/cpu.cfs_quota_us"
CPU_PERIOD = "/sys/fs/cgroup/cpu/cpu.cfs_period_us"

_READ = (STATUS, LABEL, MOUNTS, DEVICES, CPU_MAX, CPU_QUOTA, CPU_PERIOD)
_MARK = "==> "
SCRIPT = f'for f in {" ".join(_READ)}; do printf "\\n{_MARK}%s\\n" "$f"; cat "$f"; done 2>/dev/null'
"""Run by a cell's /bin/sh; its output goes to `files`. Files that are missing come out empty."""

_CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
_TUNNELS = frozenset({
    "tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "sit0", "ip6tnl0", "ip6gre0",
})  # fmt: skip
"""The kernel puts these into every new namespace once their module is loaded
(net.core.fb_tunnels_only_for_init_net); down and without an address, they lead nowhere.
"""

Files = Mapping[str, str]


def files(output: str) -> dict[str, str]:
    """What `SCRIPT` printed, as path → content."""
    found: dict[str, str] = {}
    for part in f"\n{output}".split(f"\n{_MARK}")[1:]:
        path, _, content = part.partition("\n")
        found[path] = content.strip()
    return found


def judged(seen: Files) -> list[Finding]:
    """Everything a cell is promised and can see for itself, but its limits."""
    return [seccomp(seen), new_privileges(seen), capabilities(seen), root(seen), network(seen)]


def seccomp(seen: Files) -> Finding:
    """Whether a system call filter is in force (proc(5), status: Seccomp 2)."""
    why = "The filter keeps rarely used system calls, and the holes in them, out of reach."
    mode = _status(seen, "Seccomp")
    if mode == "2":
        return ok("seccomp", "a filter is in force in a cell", why)
    return broken(
        "seccomp",
        "no filter is in force in a cell" if mode else "a cell cannot see whether one is in force",
        why,
        "Use a kernel with CONFIG_SECCOMP_FILTER, and remove `seccomp-profile: unconfined` from "
        "the engine's configuration (/etc/docker/daemon.json).",
    )


def new_privileges(seen: Files) -> Finding:
    """Whether programs with set-user-id bits gain nothing (proc(5), status: NoNewPrivs 1)."""
    why = "Without it `su` and `sudo` in an image make a command root in its cell."
    if _status(seen, "NoNewPrivs") == "1":
        return ok("no new privileges", "in force in a cell", why)
    return broken("no new privileges", "not in force in a cell", why, _REPORT)


def capabilities(seen: Files) -> Finding:
    """Whether all five sets of capabilities are empty."""
    why = "Each capability is a piece of root's power."
    sets = {name: _status(seen, name) for name in _CAPABILITIES}
    if all(bits.strip("0") == "" and bits for bits in sets.values()):
        return ok("capabilities", "a cell has none", why)
    held = ", ".join(f"{name} {bits or 'unknown'}" for name, bits in sets.items() if bits != "0")
    return broken("capabilities", f"a cell may have some: {held}", why, _REPORT)


def root(seen: Files) -> Finding:
    """Whether the root file system is mounted read-only."""
    why = "What a command cannot write, it cannot leave behind for the next one."
    # Fields of a line (proc(5), mountinfo): …, mount point, options, …; the last one is on top.
    options = [
        fields[5].split(",")
        for line in seen.get(MOUNTS, "").splitlines()
        if len(fields := line.split()) > 5 and fields[4] == "/"
    ]
    if options and "ro" in options[-1]:
        return ok("root file system", "read-only in a cell", why)
    return broken("root file system", "not known to be read-only in a cell", why, _REPORT)


def network(seen: Files) -> Finding:
    """Whether a cell has no way out but the proxy: no device besides the loopback one."""
    why = "The only way out of a cell is the proxy, which asks."
    lines = seen.get(DEVICES, "").splitlines()
    devices = {line.partition(":")[0].strip() for line in lines if ":" in line}
    if "lo" not in devices:
        return broken("network", "a cell cannot see its devices", NOT_KNOWN, _REPORT)
    if others := devices - {"lo"} - _TUNNELS:
        found = f"a cell has a device: {', '.join(sorted(others))}"
        return broken("network", found, why, _REPORT)
    return ok("network", "a cell has no device but its own loopback", why)


def access_control(seen: Files, *, kernel_has_apparmor: bool) -> Finding:
    """Whether AppArmor or SELinux confines a cell, by the label its process carries."""
    why = "A second wall: it holds where a mistake of the engine opens the first."
    label = seen.get(LABEL, "").rstrip("\0")
    if label.endswith("(enforce)"):
        return ok("AppArmor", f"a cell runs under the profile {label}", why)
    if ":" in label and "unconfined" not in label and "spc_t" not in label:
        return ok("SELinux", f"a cell runs as {label}", why)
    install = "Install AppArmor (`sudo apt install apparmor`), then restart the engine."
    kernel = (
        "This kernel was started without it. Debian's and Ubuntu's own kernels have it; add "
        "`apparmor=1 security=apparmor` to the kernel command line where it is switched off."
    )
    found = f"not confining a cell ({label or 'no label'})"
    return weak("AppArmor", found, why, install if kernel_has_apparmor else kernel)


def _status(seen: Files, field: str) -> str:
    for line in seen.get(STATUS, "").splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return value.strip()
    return ""


_REPORT = (
    "The engine does not do what it was asked for. Do not use sandbox with it; try another engine "
    "or version, and report this with what `sandbox doctor --json` prints."
)
