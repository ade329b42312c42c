"""A web server on the host's loopback, and a client in a cell that asks it."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.end_to_end.command import Completed, SandboxCommand

# The cell's own loopback is not the host's: only through the proxy is there a way to that.
CURL = ("curl", "--silent", "--show-error", "--noproxy", "", "--max-time", "60")


class Greeting(BaseHTTPRequestHandler):
    """Answers every GET with the same text."""

    def do_GET(self) -> None:
        """Say hello."""
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"hello\n")

    def log_message(self, *_: object) -> None:
        """Say nothing on our standard error."""


@contextmanager
def serving() -> Iterator[int]:
    """The server while it lasts; its port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Greeting) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def got(sandbox: SandboxCommand, url: str, *options: str) -> Completed:
    """What `curl URL` in a cell comes back with."""
    return sandbox("run", *options, "--", *CURL, url)
