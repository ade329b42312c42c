"""A container without processes: its state, and the three streams between two threads."""

from collections import deque
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from threading import Condition, Thread

from runner.interfaces import ContainerSpec, Ended, Stream

_PIECE = 64 * 1024
_SIGKILL = 137


class KilledError(Exception):
    """Raised in a program by whatever it does next, once its container is killed."""


class OutOfMemoryError(Exception):
    """What a program raises to end as one that reached its memory limit."""


class FakeContainer:
    """One container. `end` is called in the program's thread when it is over."""

    def __init__(
        self, container_id: str, spec: ContainerSpec, network: str, end: Callable[[], None]
    ) -> None:
        self.id = container_id
        self.spec = spec
        self.network = network
        self.size = (0, 0)
        self.ended: Ended | None = None
        self._end = end
        self._changed = Condition()
        self._input = bytearray()
        self._input_open = True
        self._output: deque[tuple[Stream, bytes]] = deque()
        self._signals: deque[str] = deque()
        self._killed = False
        self._thread: Thread | None = None

    @property
    def is_running(self) -> bool:
        """Started, and not over."""
        return self._thread is not None and self.ended is None

    def start(self, program: "Program") -> "FakeChannel":
        """Run the program in a thread."""
        self._thread = Thread(target=self._run, args=(program,), name=self.spec.name, daemon=True)
        self._thread.start()
        return FakeChannel(self)

    def kill(self) -> None:
        """End the program, and wait until it has."""
        with self._changed:
            self._killed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def await_end(self) -> Ended:
        """Wait until the program is over."""
        with self._changed:
            self._changed.wait_for(lambda: self.ended is not None)
        assert self.ended is not None
        return self.ended

    def signal(self, name: str) -> None:
        """Note a signal for programs that wait for one; the others are a first process."""
        with self._changed:
            self._signals.append(name)
            self._changed.notify_all()

    def take_signal(self) -> str:
        """The next signal; waits for one."""
        with self._changed:
            self._await(lambda: bool(self._signals))
            return self._signals.popleft()

    def put_input(self, data: bytes) -> None:
        """Add to standard input; a terminal shows it, too."""
        with self._changed:
            if self.ended is not None or not self._input_open:
                raise BrokenPipeError
            if self.spec.terminal:
                data = data.replace(b"\r", b"\n")
                self._output.append((Stream.STDOUT, data.replace(b"\n", b"\r\n")))
            self._input += data
            self._changed.notify_all()

    def close_input(self) -> None:
        """End standard input."""
        with self._changed:
            self._input_open = False
            self._changed.notify_all()

    def take_input(self, until: Callable[[bytearray], int]) -> bytes:
        """The input up to where `until` says; what there is when it has ended."""
        with self._changed:
            self._await(lambda: until(self._input) > 0 or not self._input_open)
            size = until(self._input) or len(self._input)
            taken = bytes(self._input[:size])
            del self._input[:size]
            return taken

    def put_output(self, stream: Stream, data: bytes) -> None:
        """Write to one of the output streams; a terminal has only one."""
        with self._changed:
            self._await(lambda: True)
            if self.spec.terminal:
                stream, data = Stream.STDOUT, data.replace(b"\n", b"\r\n")
            for start in range(0, len(data), _PIECE):
                self._output.append((stream, data[start : start + _PIECE]))
            self._changed.notify_all()

    def take_output(self, timeout_seconds: float | None) -> tuple[Stream, bytes] | None:
        """The next piece of output; `None` at the end."""
        with self._changed:
            some = self._changed.wait_for(lambda: self._output or self.ended, timeout_seconds)
            if not some:
                raise TimeoutError
            return self._output.popleft() if self._output else None

    def _await(self, condition: Callable[[], bool]) -> None:
        self._changed.wait_for(lambda: self._killed or condition())
        if self._killed:
            raise KilledError

    def _run(self, program: "Program") -> None:
        try:
            ended = Ended(program(FakeProcess(self)), oom_killed=False)
        except KilledError:
            ended = Ended(_SIGKILL, oom_killed=False)
        except OutOfMemoryError:
            ended = Ended(_SIGKILL, oom_killed=True)
        with self._changed:
            self.ended = ended
            self._changed.notify_all()
        self._end()


class FakeChannel:
    """A `Channel`: the controller's end of the three streams."""

    def __init__(self, container: FakeContainer) -> None:
        self._container = container

    def send(self, data: bytes) -> None:
        """Write all of `data` to standard input."""
        self._container.put_input(data)

    def close_input(self) -> None:
        """End standard input."""
        self._container.close_input()

    def receive(self, timeout_seconds: float | None) -> tuple[Stream, bytes] | None:
        """The next piece of output."""
        return self._container.take_output(timeout_seconds)

    def close(self) -> None:
        """Let go of the streams, which ends standard input."""
        self._container.close_input()


class FakeProcess:
    """The container as its program sees it."""

    def __init__(self, container: FakeContainer) -> None:
        self._container = container
        self.spec = container.spec
        self.network = container.network

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of the terminal."""
        return self._container.size

    def read_line(self) -> bytes:
        """One line of standard input, or what is left of it, or nothing at its end."""
        return self._container.take_input(lambda data: data.find(b"\n") + 1)

    def read_some(self) -> bytes:
        """What is there of standard input; nothing at its end."""
        return self._container.take_input(len)

    def write(self, data: bytes, stream: Stream = Stream.STDOUT) -> None:
        """Write to standard output, or to standard error."""
        self._container.put_output(stream, data)

    def await_signal(self) -> str:
        """The name of the next signal."""
        return self._container.take_signal()

    def read_file(self, path: str) -> bytes:
        """A file below one of the mounts."""
        for mount in self.spec.mounts:
            if PurePosixPath(path).is_relative_to(mount.target):
                return (mount.source / PurePosixPath(path).relative_to(mount.target)).read_bytes()
        raise FileNotFoundError(path)

    def write_file(self, path: str, data: bytes) -> None:
        """Write a file below one of the mounts that allow it."""
        for mount in self.spec.mounts:
            if PurePosixPath(path).is_relative_to(mount.target) and mount.writable:
                below = PurePosixPath(path).relative_to(mount.target)
                Path(mount.source / below).write_bytes(data)
                return
        raise PermissionError(path)


Program = Callable[[FakeProcess], int]
"""What a container does in place of a shell script; returns its exit code."""
