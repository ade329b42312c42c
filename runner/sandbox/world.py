"""What the containers of one session are: the one frozen description they are all made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from posixpath import normpath

from runner.errors import CommandRefused
from runner.interfaces import ContainerSpec, Image, JoinNetwork, Limits, Mount, OwnNetwork, Tmpfs
from runner.sandbox.protocol import Call

WORKSPACE = "/workspace"
HOME = "/home/sandbox"
RELAY = "127.0.0.1:3128"
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"

# The variables by which curl, git, Node, Python, Rust, AWS and Deno programs find certificates.
_CA_VARIABLES = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "NODE_EXTRA_CA_CERTS",
    "PIP_CERT",
    "CARGO_HTTP_CAINFO",
    "AWS_CA_BUNDLE",
    "DENO_CERT",
)
_POD_LIMITS = Limits(memory_mib=1024, cpus=2.0, pids=2048)
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class World:
    """A session's containers. `folder` is the session's private folder on the host;
    `owner` are the labels by which leftovers are recognised.
    """

    session: str
    folder: Path
    workspace: Path
    uid: int
    gid: int
    image: Image
    limits: Limits
    ca_bundle: Path | None
    workspace_writable: bool = True
    owner: Mapping[str, str] = field(default_factory=dict)

    def cell(self, name: str, pod_id: str, protected: tuple[Mount, ...]) -> ContainerSpec:
        """A parked cell: it waits for one call on its standard input."""
        return self._container(name, pod_id, protected, ("park",))

    def terminal_cell(
        self, name: str, pod_id: str, protected: tuple[Mount, ...], call: Call
    ) -> ContainerSpec:
        """A cell for one known call on a terminal.

        Raises:
            CommandRefused: a word or a variable is not UTF-8, which the engine cannot pass on.
        """
        words = tuple(map(_as_text, call.argv))
        variables = {name: _as_text(text) for name, text in call.environment.items()}
        spec = self._container(name, pod_id, protected, ("terminal", call.proxy, *words))
        environment = {**self._environment, **variables}
        return replace(spec, terminal=True, environment=environment)

    def _container(
        self, name: str, pod_id: str, protected: tuple[Mount, ...], arguments: tuple[str, ...]
    ) -> ContainerSpec:
        return ContainerSpec(
            name=name,
            image=self.image.id,
            command=("/bin/sh", "-c", self._cell_script, "sandbox", *arguments),
            uid=self.uid,
            gid=self.gid,
            network=JoinNetwork(pod_id),
            limits=self.limits,
            mounts=(*self._mounts, *protected),
            tmpfs=self._tmpfs,
            environment=self._environment,
            working_directory=WORKSPACE,
            labels={**self.owner, "sandbox.role": "cell"},
        )

    @cached_property
    def _cell_script(self) -> str:
        return (_HERE / "cell.sh").read_text()

    @cached_property
    def _mounts(self) -> tuple[Mount, ...]:
        mounts = [
            Mount(self.workspace, WORKSPACE, writable=self.workspace_writable),
            Mount(self.folder / "cell", "/run/sandbox"),
            Mount(self.folder / "hosts", "/etc/hosts"),  # without it `localhost` has no address
        ]
        if self.ca_bundle is not None:
            mounts.append(Mount(self.ca_bundle, CA_BUNDLE))
        return tuple(mounts)

    @cached_property
    def _tmpfs(self) -> tuple[Tmpfs, ...]:
        size = self.limits.tmp_mib
        own = (Tmpfs("/tmp", size, mode=0o1777), Tmpfs(HOME, size))  # noqa: S108 - the cell's own
        taken = {each.target for each in own} | {each.target for each in self._mounts}
        # A volume that the image declares would be a writable folder on the engine's disk. One in
        # the workspace is left to the proof of the mounts, which refuses it.
        volumes = {normpath(path) for path in self.image.volumes} - taken
        inside = WORKSPACE + "/"
        return (
            *own,
            *(Tmpfs(path, size) for path in sorted(volumes) if not path.startswith(inside)),
        )

    @cached_property
    def _environment(self) -> dict[str, str]:
        trust = dict.fromkeys(_CA_VARIABLES, CA_BUNDLE) if self.ca_bundle is not None else {}
        return {
            "HOME": HOME,
            "USER": "sandbox",
            "LOGNAME": "sandbox",
            "SANDBOX": self.session,
            "NO_PROXY": "localhost,127.0.0.1,::1",
            "no_proxy": "localhost,127.0.0.1,::1",
            "NODE_USE_ENV_PROXY": "1",
            **trust,
        }


def _as_text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise CommandRefused(
            f"{data!r} is not UTF-8, which a command on a terminal has to be.",
            fix="Run it without -t, which passes any bytes.",
        ) from None


def pod(session: str, folder: Path, owner: Mapping[str, str], uid: int, gid: int) -> ContainerSpec:
    """The pod of a session. It runs as the controller's own user, who alone may open the egress
    socket, and sees nothing of the workspace.
    """
    return ContainerSpec(
        name=f"sandbox-{session}-pod",
        image="sandbox-pod:latest",
        command=("/bin/sh", "-c", (_HERE / "pod.sh").read_text()),
        uid=uid,
        gid=gid,
        network=OwnNetwork(),
        limits=_POD_LIMITS,
        mounts=(Mount(folder / "egress", "/run/egress"), Mount(folder / "cell", "/run/sandbox")),
        labels={**owner, "sandbox.role": "pod"},
    )
