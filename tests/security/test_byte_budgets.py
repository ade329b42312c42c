"""A command does not send more to an allowed host than the settings let it."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from runner import Sandbox
from tests.security.lab import PATIENCE_SECONDS, python

pytestmark = pytest.mark.engine

MEGABYTE = 1024 * 1024

UPLOAD = """
import base64, os, re, socket
found = re.fullmatch("http://(.*)@(.*):(.*)", os.environ["http_proxy"])
proof = base64.b64encode(found[1].encode()).decode()
for _ in range(4):
    client = socket.create_connection((found[2], int(found[3])), timeout=20)
    client.sendall(f"CONNECT {authority} HTTP/1.1\\r\\nHost: {authority}\\r\\n"
                   f"Proxy-Authorization: Basic {{proof}}\\r\\n\\r\\n".encode())
    client.recv(4096)
    try:
        client.sendall(bytes(256 * 1024))
        client.shutdown(socket.SHUT_WR)
        client.recv(1)
    except OSError:
        pass
"""


@dataclass(slots=True)
class Sink:
    """A server that takes everything, and how much that was."""

    authority: str
    taken: int = 0


@contextmanager
def sink() -> Iterator[Sink]:
    """The server while it lasts; one client after another."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = Sink(f"127.0.0.1:{listener.getsockname()[1]}")

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    client.settimeout(PATIENCE_SECONDS)
                    while data := client.recv(65536):
                        found.taken += len(data)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield found
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize("key", ["maxBytesPerHost", "maxBytesPerSession"])
def test_no_more_bytes_leave_than_the_settings_allow(tmp_path: Path, key: str) -> None:
    bound = tmp_path / "bound.json"
    bound.write_text(json.dumps({"sandbox": {"network": {key: "300k"}}}))
    (tmp_path / "workspace").mkdir()
    taken, verdicts = [], []
    for settings in (None, bound):
        with (
            sink() as server,
            Sandbox(
                tmp_path / "workspace",
                allowed_domains=[server.authority],
                settings_file=settings,
                pool_size=0,
            ) as box,
        ):
            result = box.run(python(UPLOAD.format(authority=server.authority)))
            assert result.exit_code == 0
        taken.append(server.taken)
        verdicts.append([each.verdict for each in result.summary.egress])

    assert taken[0] == MEGABYTE
    assert 256 * 1024 <= taken[1] <= 300 * 1024
    assert verdicts == [["allow"], ["allow", "deny"]]
