"""From folders that were read to everything they protect: marks, and what marks lead to.

A link is protected together with what it leads to, git settings with the programs they name, a
protected folder with what its links lead to. Each of these may lead further.
"""

import posixpath
import time
from collections import deque
from collections.abc import Iterable

from runner.workspace.content import Content, content_of
from runner.workspace.findings import Known, Pin, Protected, Survey, depth_first
from runner.workspace.folders import is_racy
from runner.workspace.inert import is_inert
from runner.workspace.look import Look
from runner.workspace.reading import Below, Mark, Reading, Role, Signature, Way
from runner.workspace.settle import any_racy
from runner.workspace.trace import trace
from runner.workspace.walk import Kind, is_gone, kind_of, status


class Gathering:
    """The worklist of one survey."""

    def __init__(self, look: Look, readings: dict[str, Reading], known: Known) -> None:
        self._look = look
        self._readings = readings
        self._known = known
        self._sealed: dict[str, Reading] = {}
        self._contents: dict[Mark, Content] = {}
        self._named: dict[str, Mark] = {}
        self._led_to: dict[str, Mark] = {}
        self._exposed: set[str] = set()
        self._awaited: set[str] = set()
        self._passed: dict[str, Signature] = {}
        self._racy = False
        self._todo: deque[Mark] = deque()

    def survey(self) -> Survey:
        """Follow everything to its end and put the findings together."""
        for reading in self._readings.values():
            for mark in reading.marks:
                self._handle(mark, self._named)
        for reading in self._readings.values():
            if reading.way is Way.SEALED:
                self._search(reading)
        while self._todo:
            self._handle(self._todo.popleft(), self._led_to)
        return self._put_together()

    def _handle(self, mark: Mark, found: dict[str, Mark]) -> None:
        if mark in self._contents:
            return
        try:
            content = self._content(mark)
        except OSError as error:
            # Gone since its folder was read, which therefore is read again next time.
            self._gone(error)
            return
        self._contents[mark] = content
        if mark.role is Role.STEPS and content.harmless:
            return
        found.setdefault(mark.path, mark)
        if content.hard_links > 1:
            self._exposed.add(mark.path)
        self._follow(mark, content)

    def _gone(self, error: OSError) -> None:
        if not is_gone(error):
            raise error
        self._racy = True

    def _content(self, mark: Mark) -> Content:
        before = self._known.contents.get(mark)
        if before is not None and not before.racy:
            found = status(self._look.root, mark.path)
            if (found.st_ino, found.st_ctime_ns) == before.signature:
                return before
        return content_of(self._look.root, self._look.root_path, mark)

    def _follow(self, mark: Mark, content: Content) -> None:
        if content.kind is Kind.LINK:
            self._trace(mark.path, mark, may_be_folder=mark.role is not Role.POINTER)
        elif content.kind is Kind.FOLDER and not self._is_sealed(mark.path):
            self._seal(mark)
        for lead, folders in content.leads:
            role = Role.CONFIG if lead.is_include else Role.PLAIN
            for folder in dict.fromkeys(folders):
                path = posixpath.join(folder, lead.text)
                self._trace(path, mark._replace(role=role), may_be_folder=lead.may_be_folder)

    def _trace(self, path: str, source: Mark, *, may_be_folder: bool) -> None:
        """Protect the links that a path goes through, and what it ends at."""
        if path.startswith("/"):
            path = posixpath.relpath(path, self._look.root_path)
        led = trace(self._look.root, self._look.root_path, path)
        now_ns = time.time_ns()
        for passed, found in led.passed:
            self._passed[passed] = (found.st_ino, found.st_ctime_ns)
            self._racy |= is_racy(found.st_ctime_ns, now_ns)
        if led.missing is not None:
            self._awaited.add(led.missing)
        self._todo.extend(Mark(link, Role.PLAIN) for link in led.links if link != source.path)
        if led.end is None or self._is_git(led.end):
            return
        if may_be_folder or kind_of(led.passed[-1][1].st_mode) is not Kind.FOLDER:
            self._todo.append(source._replace(path=led.end))

    def _is_git(self, path: str) -> bool:
        """Whether a folder is a git directory, which must stay writable as a whole."""
        reading = self._readings.get(path)
        return reading is not None and (reading.repository is not None)

    def _is_sealed(self, path: str) -> bool:
        reading = self._readings.get(path)
        return path in self._sealed or (reading is not None and reading.way is Way.SEALED)

    def _seal(self, mark: Mark) -> None:
        """Read a folder as a protected one that was not read as such yet."""
        start = Below(mark.path, Way.SEALED, mark.repository)
        for path, reading in self._look.through(start, self._known.sealed).items():
            self._sealed[path] = reading
            if reading.way is Way.SEALED:
                self._search(reading)

    def _search(self, reading: Reading) -> None:
        """What could change the content of a protected folder from outside it."""
        for entry in reading.entries:
            if entry.links > 1:
                self._exposed.add(entry.path)
            elif entry.kind is Kind.LINK:
                self._trace(entry.path, Mark(entry.path, Role.PLAIN), may_be_folder=True)

    def _put_together(self) -> Survey:
        marks = self._led_to | self._named
        folders = {p for p, m in marks.items() if self._contents[m].kind is Kind.FOLDER}
        writable = {r.writable for r in self._all_readings() if r.writable is not None}
        everything = sorted(marks.items(), key=lambda item: depth_first(item[0]))
        protected = tuple(
            self._protected(mark, covered=_is_covered(path, folders, writable))
            for path, mark in everything
        )
        pins = self._pins([p.path for p in protected if p.is_mounted], folders, writable)
        return Survey(
            root=self._look.root_path,
            protected=protected,
            pins=pins,
            repositories=self._repositories(),
            awaited=frozenset(self._awaited),
            exposed=tuple(sorted(self._exposed, key=depth_first)),
            unseen=self._look.unseen,
            key=self._key(protected, pins),
            known=self._remember(),
        )

    def _protected(self, mark: Mark, *, covered: bool) -> Protected:
        content = self._contents[mark]
        inode, ctime_ns = content.signature
        return Protected(
            path=mark.path,
            kind=content.kind,
            identity=(content.device, inode),
            size=content.size,
            mtime_ns=content.mtime_ns,
            ctime_ns=ctime_ns,
            link=content.link,
            repository=mark.repository,
            covered=covered,
            inert=is_inert(mark, content, self._readings),
            named=mark.path in self._named,
        )

    def _pins(self, mounted: list[str], folders: set[str], writable: set[str]) -> tuple[Pin, ...]:
        above = {ancestor for path in mounted for ancestor in _ancestors(path)} | writable
        pins = []
        for path in sorted(above, key=depth_first):
            if path not in writable and (path in folders or _is_covered(path, folders, writable)):
                continue
            try:
                found = status(self._look.root, path)
            except OSError as error:
                self._gone(error)
                continue
            pins.append(Pin(path, (found.st_dev, found.st_ino)))
        return tuple(pins)

    def _repositories(self) -> dict[str, str]:
        return {
            path: reading.repository
            for path, reading in self._readings.items()
            if reading.repository is not None
        }

    def _all_readings(self) -> Iterable[Reading]:
        return [*self._readings.values(), *self._sealed.values()]

    def _key(self, protected: tuple[Protected, ...], pins: tuple[Pin, ...]) -> tuple[object, ...]:
        mounted = tuple((p.path, p.kind.value, p.identity) for p in protected if p.is_mounted)
        root = self._readings.get("")
        return (self._look.root_path, root and root.signature[0], mounted, pins)

    def _remember(self) -> Known:
        signatures = dict(self._passed)
        signatures.update((mark.path, c.signature) for mark, c in self._contents.items())
        signatures.update((path, r.signature) for path, r in self._sealed.items())
        signatures.update((path, r.signature) for path, r in self._readings.items())
        settles = not self._racy and not self._look.unseen
        return Known(
            readings=self._readings,
            sealed=self._sealed,
            contents=self._contents,
            watched=tuple(f"{self._look.root_path}/{path}" for path in signatures),
            signatures=tuple(signatures.values()),
            racy=not settles or any_racy(self._readings, self._sealed, self._contents),
            settles=settles,
        )


def _ancestors(path: str) -> list[str]:
    """Every folder strictly between the workspace and a path."""
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))]


def _is_covered(path: str, folders: set[str], writable: set[str]) -> bool:
    """Whether the nearest special folder above a path is a protected one."""
    for ancestor in reversed(_ancestors(path)):
        if ancestor in writable:
            return False
        if ancestor in folders:
            return True
    return False
