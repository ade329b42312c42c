"""What the containers of a session are made of, whole."""

from dataclasses import replace
from pathlib import Path

import pytest

import runner.sandbox
from runner.errors import CommandRefused
from runner.interfaces import ContainerSpec, Image, JoinNetwork, Limits, Mount, OwnNetwork, Tmpfs
from runner.sandbox.protocol import Call
from runner.sandbox.world import World, pod

SCRIPTS = Path(runner.sandbox.__file__).parent
FOLDER = Path("/run/user/1000/sandbox-1a2b")
PROTECTED = (Mount(Path("/home/me/project/.git/hooks"), "/workspace/.git/hooks"),)
OWNER = {"sandbox.session": "1a2b"}

WORLD = World(
    session="1a2b",
    folder=FOLDER,
    workspace=Path("/home/me/project"),
    uid=1000,
    gid=100,
    image=Image("sha256:1"),
    limits=Limits(memory_mib=512, cpus=1.0, pids=64, tmp_mib=128),
    ca_bundle=None,
    owner=OWNER,
)

ENVIRONMENT = {
    "HOME": "/home/sandbox",
    "USER": "sandbox",
    "LOGNAME": "sandbox",
    "SANDBOX": "1a2b",
    "NO_PROXY": "localhost,127.0.0.1,::1",
    "no_proxy": "localhost,127.0.0.1,::1",
    "NODE_USE_ENV_PROXY": "1",
}

CELL = ContainerSpec(
    name="sandbox-1a2b-cell-1",
    image="sha256:1",
    command=("/bin/sh", "-c", (SCRIPTS / "cell.sh").read_text(), "sandbox", "park"),
    uid=1000,
    gid=100,
    network=JoinNetwork("pod-id"),
    limits=WORLD.limits,
    mounts=(
        Mount(Path("/home/me/project"), "/workspace", writable=True),
        Mount(FOLDER / "cell", "/run/sandbox"),
        Mount(FOLDER / "hosts", "/etc/hosts"),
        *PROTECTED,
    ),
    tmpfs=(Tmpfs("/tmp", 128, mode=0o1777), Tmpfs("/home/sandbox", 128)),
    environment=ENVIRONMENT,
    working_directory="/workspace",
    labels={"sandbox.session": "1a2b", "sandbox.role": "cell"},
)


def cell(world: World) -> ContainerSpec:
    return world.cell("sandbox-1a2b-cell-1", "pod-id", PROTECTED)


def test_a_cell_is_this_and_nothing_else() -> None:
    assert cell(WORLD) == CELL


def test_a_pod_is_this_and_nothing_else() -> None:
    found = pod("1a2b", FOLDER, OWNER, 1000, 100)

    assert found == ContainerSpec(
        name="sandbox-1a2b-pod",
        image="sandbox-pod:latest",
        command=("/bin/sh", "-c", (SCRIPTS / "pod.sh").read_text()),
        uid=1000,
        gid=100,
        network=OwnNetwork(),
        limits=found.limits,
        mounts=(Mount(FOLDER / "egress", "/run/egress"), Mount(FOLDER / "cell", "/run/sandbox")),
        labels={"sandbox.session": "1a2b", "sandbox.role": "pod"},
    )


def test_no_container_gets_more_than_the_folder_of_its_own() -> None:
    mounts = {*cell(WORLD).mounts, *pod("1a2b", FOLDER, OWNER, 1000, 100).mounts}

    assert FOLDER not in {mount.source for mount in mounts}
    assert [mount.target for mount in mounts if mount.writable] == ["/workspace"]


def test_a_workspace_may_be_read_only() -> None:
    found = cell(replace(WORLD, workspace_writable=False))

    assert found == replace(
        CELL, mounts=(Mount(Path("/home/me/project"), "/workspace"), *CELL.mounts[1:])
    )


def test_the_bundle_of_the_host_is_mounted_where_programs_look_for_it() -> None:
    found = cell(replace(WORLD, ca_bundle=Path("/etc/pki/company.pem")))

    place = "/etc/ssl/certs/ca-certificates.crt"
    names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO",
             "NODE_EXTRA_CA_CERTS", "PIP_CERT", "CARGO_HTTP_CAINFO", "AWS_CA_BUNDLE",
             "DENO_CERT")  # fmt: skip
    assert Mount(Path("/etc/pki/company.pem"), place) in found.mounts
    assert found.environment == {**ENVIRONMENT, **dict.fromkeys(names, place)}


@pytest.mark.parametrize(
    ("volumes", "more"),
    [
        pytest.param((), (), id="none"),
        pytest.param(("/var/lib/db", "/data"), ("/data", "/var/lib/db"), id="two"),
        pytest.param(("/data/", "/data"), ("/data",), id="the-same-twice"),
        pytest.param(("/tmp", "/tmp/", "/home/sandbox"), (), id="a-tmpfs-already"),
        pytest.param(("/workspace", "/workspace/x"), (), id="of-the-workspace"),
        pytest.param(("/run/sandbox", "/etc/hosts"), (), id="of-ours"),
    ],
)
def test_volumes_of_the_image_become_memory(
    volumes: tuple[str, ...], more: tuple[str, ...]
) -> None:
    found = cell(replace(WORLD, image=Image("sha256:1", volumes)))

    assert found == replace(CELL, tmpfs=(*CELL.tmpfs, *(Tmpfs(path, 128) for path in more)))


def test_a_terminal_cell_knows_its_call() -> None:
    call = Call((b"vi", "ä b".encode()), {"TERM": b"xterm", "HOME": b"/"}, proxy="http://p")

    found = WORLD.terminal_cell("sandbox-1a2b-cell-1", "pod-id", PROTECTED, call)

    assert found == replace(
        CELL,
        command=(*CELL.command[:-1], "terminal", "http://p", "vi", "ä b"),
        environment={**ENVIRONMENT, "TERM": "xterm", "HOME": "/"},
        terminal=True,
    )


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(Call((b"cat", b"\xff")), id="word"),
        pytest.param(Call((b"cat",), {"A": b"\xff"}), id="variable"),
    ],
)
def test_on_a_terminal_what_is_not_utf_8_is_refused(call: Call) -> None:
    with pytest.raises(CommandRefused, match="is not UTF-8") as caught:
        WORLD.terminal_cell("name", "pod-id", (), call)

    assert "without -t" in caught.value.fix
