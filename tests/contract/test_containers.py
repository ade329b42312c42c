"""What an `Engine` promises of the containers it makes, from the first to the last moment."""

from pathlib import Path

import pytest

from runner.errors import CellFailed, ImageMissing
from runner.interfaces import Ended, JoinNetwork, Limits, Mount, Owned
from tests.contract import programs
from tests.contract.lab import Lab, eventually, pieces, read_until, streams

NO_IMAGE = "sandbox-no-such-image:latest"


def test_an_image_is_found_by_its_name_and_by_its_id(lab: Lab) -> None:
    by_name = lab.engine.image(lab.image)

    assert by_name.id.startswith("sha256:")
    assert lab.engine.image(by_name.id) == by_name


def test_an_unknown_image_is_missing_when_it_is_looked_up(lab: Lab) -> None:
    with pytest.raises(ImageMissing, match=NO_IMAGE):
        lab.engine.image(NO_IMAGE)


def test_an_unknown_image_is_missing_when_a_container_is_made(lab: Lab) -> None:
    with pytest.raises(ImageMissing, match=NO_IMAGE):
        lab.created(programs.EXIT_7, image=NO_IMAGE)

    assert lab.owned() == []


def test_a_container_is_what_its_spec_says(lab: Lab) -> None:
    _, channel = lab.started(
        programs.SELF,
        uid=1234,
        gid=2345,
        environment={"GREETING": "two words"},
        working_directory="/usr",
    )

    assert streams(channel) == (b"two words\n/usr\n1234\n2345\n", b"")


@pytest.mark.parametrize(
    ("writable", "said", "left"),
    [
        pytest.param(True, b"", b"changed", id="writable"),
        pytest.param(False, b"refused", b"before", id="read-only"),
    ],
)
def test_a_mount_is_written_only_where_that_is_said(
    lab: Lab, shared: Path, writable: bool, said: bytes, left: bytes
) -> None:
    (shared / "file").write_bytes(b"before")
    (shared / "file").chmod(0o666)

    _, channel = lab.started(programs.WRITE_FILE, mounts=(Mount(shared, "/data", writable),))

    assert streams(channel) == (said, b"")
    assert (shared / "file").read_bytes() == left


def test_a_mounted_file_can_be_read(lab: Lab, shared: Path) -> None:
    (shared / "file").write_bytes(b"from the host")

    _, channel = lab.started(programs.READ_FILE, mounts=(Mount(shared, "/data"),))

    assert streams(channel) == (b"from the host", b"")


def test_a_missing_mount_source_is_refused_and_not_made(lab: Lab, shared: Path) -> None:
    missing = shared / "missing"

    with pytest.raises(CellFailed):
        lab.started(programs.EXIT_7, mounts=(Mount(missing, "/data"),))

    assert not missing.exists()


def test_a_name_that_is_in_use_is_refused(lab: Lab) -> None:
    spec = lab.spec(programs.WAIT)
    lab.engine.create(spec)

    with pytest.raises(CellFailed):
        lab.engine.create(spec)


def test_a_container_that_never_existed_cannot_be_started(lab: Lab) -> None:
    container_id = lab.created(programs.WAIT)
    lab.engine.remove(container_id)

    with pytest.raises(CellFailed):
        lab.start(container_id)


def test_the_end_is_told_with_the_exit_code(lab: Lab) -> None:
    container_id, _ = lab.started(programs.SLEEP_AND_EXIT_7)

    assert lab.engine.ended(container_id) == Ended(7, oom_killed=False)


def test_the_end_by_the_memory_limit_is_told(lab: Lab) -> None:
    limits = Limits(memory_mib=32, cpus=1.0, pids=64, tmp_mib=1)
    container_id, _ = lab.started(programs.GORGE, limits=limits)

    assert lab.engine.ended(container_id) == Ended(137, oom_killed=True)


def test_of_a_container_that_is_gone_nothing_is_told(lab: Lab) -> None:
    container_id = lab.created(programs.WAIT)
    lab.engine.remove(container_id)

    assert lab.engine.ended(container_id) is None


def test_a_container_that_has_ended_removes_itself(lab: Lab) -> None:
    _, channel = lab.started(programs.EXIT_7)
    pieces(channel)

    assert eventually(lambda: lab.owned() == [])


def test_the_removal_of_a_container_that_is_ending_can_be_awaited(lab: Lab) -> None:
    container_id, channel = lab.started(programs.WAIT)
    read_until(channel, b"ready")

    channel.close()
    lab.engine.await_removed(container_id)
    owned = lab.owned()
    lab.engine.await_removed(container_id)

    assert owned == []


def test_closing_the_channel_ends_a_container_that_waits_for_input(lab: Lab) -> None:
    _, channel = lab.started(programs.WAIT)
    read_until(channel, b"ready")

    channel.close()

    assert eventually(lambda: lab.owned() == [])


def test_kill_ends_what_runs_and_twice_is_fine(lab: Lab) -> None:
    container_id, channel = lab.started(programs.HANG)
    read_until(channel, b"ready")

    lab.engine.kill(container_id)
    lab.engine.kill(container_id)

    assert pieces(channel) == []
    assert lab.engine.ended(container_id) in {None, Ended(137, oom_killed=False)}


def test_kill_leaves_a_container_that_never_ran_alone(lab: Lab) -> None:
    container_id = lab.created(programs.EXIT_7)

    lab.engine.kill(container_id)

    assert [owned.id for owned in lab.owned()] == [container_id]


def test_remove_takes_a_running_container_away_and_twice_is_fine(lab: Lab) -> None:
    container_id, channel = lab.started(programs.HANG)
    read_until(channel, b"ready")

    lab.engine.remove(container_id)
    owned = lab.owned()
    lab.engine.remove(container_id)

    assert owned == []
    assert pieces(channel) == []


def test_a_signal_reaches_every_process_but_the_first(lab: Lab) -> None:
    container_id, channel = lab.started(programs.CATCH)
    read_until(channel, b"ready")

    lab.engine.signal(container_id, "TERM")

    assert streams(channel)[0] == b"caught\nthe first goes on: 3\n"


@pytest.mark.parametrize("call", ["kill", "signal", "resize"])
def test_what_comes_too_late_for_a_container_is_fine(lab: Lab, call: str) -> None:
    container_id = lab.created(programs.WAIT)
    lab.engine.remove(container_id)
    calls = {
        "kill": lambda: lab.engine.kill(container_id),
        "signal": lambda: lab.engine.signal(container_id, "INT"),
        "resize": lambda: lab.engine.resize(container_id, 24, 80),
    }

    calls[call]()

    assert lab.owned() == []


def test_all_containers_with_a_label_are_found_also_those_that_never_ran(lab: Lab) -> None:
    never = lab.spec(programs.WAIT)
    running = lab.spec(programs.WAIT, labels={lab.label: "yes", "sandbox.contract": "more"})
    other = lab.spec(programs.WAIT, labels={f"{lab.label}-other": "yes"})
    never_id, running_id, other_id = map(lab.engine.create, (never, running, other))
    lab.start(running_id)

    found = {owned.id: owned for owned in lab.owned()}
    lab.engine.remove(other_id)

    assert set(found) == {never_id, running_id}
    assert found[never_id].name == never.name
    assert found[running_id] == Owned(running_id, running.name, found[running_id].labels)
    assert found[running_id].labels.items() >= running.labels.items()


def test_a_container_joins_the_network_of_one_that_runs(lab: Lab) -> None:
    pod_id, pod = lab.started(programs.NETWORK)
    namespace = read_until(pod, b"\n")

    _, joined = lab.started(programs.NETWORK, network=JoinNetwork(pod_id))
    _, apart = lab.started(programs.NETWORK)

    assert read_until(joined, b"\n") == namespace
    assert read_until(apart, b"\n") != namespace


def test_the_network_of_a_container_that_does_not_run_cannot_be_joined(lab: Lab) -> None:
    created_id = lab.created(programs.WAIT)

    with pytest.raises(CellFailed):
        lab.started(programs.NETWORK, network=JoinNetwork(created_id))


def test_the_network_of_a_container_that_is_gone_cannot_be_joined(lab: Lab) -> None:
    pod_id, pod = lab.started(programs.WAIT)
    read_until(pod, b"ready")
    lab.engine.remove(pod_id)

    with pytest.raises(CellFailed):
        lab.started(programs.NETWORK, network=JoinNetwork(pod_id))
