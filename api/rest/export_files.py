"""Complete lists kept as files: each is written once, for one revision, and then served with its length and in ranges."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import logging
import os
import shutil
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

logger = logging.getLogger(__name__)
PIECE = 256 * 1024  # Bytes that are written and read together.
POLL = 0.1  # Seconds between looks at a file that another process is writing.
PARTIAL = ".partial"
ABANDONED_AFTER = 3600  # Seconds since the last change of a partial file that nobody is writing.

Pieces = AsyncGenerator[bytes, None]
Produce = Callable[[], Awaitable[Pieces]]  # Opens the list, or raises what a request for it is answered with.


@dataclass(frozen=True)
class FileName:
    """What a file is named after: everything that its bytes depend on.

    The folder stands for the database and for what it has withdrawn: once a load withdraws what was public, no file of before is found again.
    """

    database: str
    withdrawal: int
    content: tuple[object, ...]
    suffix: str

    @property
    def path(self) -> Path:
        digest = hashlib.sha256(repr(self.content).encode()).hexdigest()[:40]
        return Path(hashlib.sha256(self.database.encode()).hexdigest()[:16], f"withdrawal-{self.withdrawal}", f"{digest}.{self.suffix}")


@dataclass
class Writing:
    """A file that is being written, and its readers in this process."""

    partial: Path
    produce: Produce
    task: asyncio.Task[None] | None = None
    size: int = 0  # Bytes that can be read.
    readers: int = 0
    grown: asyncio.Event = field(default_factory=asyncio.Event)

    def grow(self, size: int) -> None:
        self.size += size
        self.grown.set()
        self.grown = asyncio.Event()

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[None]:
        """While there are readers, the file is written; it is given up when the last of them has gone."""
        self.readers += 1
        try:
            yield
        finally:
            self.readers -= 1
            if self.task is not None and not self.readers and not self.task.done():
                self.task.cancel()
                await asyncio.wait([self.task])

    async def pieces(self, file: BinaryIO) -> Pieces:
        """The bytes of the file as they are written. Raises what writing it raises."""
        assert self.task is not None
        with file:
            position = 0
            while True:
                grown, done = self.grown, self.task.done()
                if piece := await asyncio.to_thread(os.pread, file.fileno(), PIECE, position):
                    position += len(piece)
                    yield piece
                elif done:
                    self.task.result()
                    return
                else:
                    waiting = asyncio.ensure_future(grown.wait())
                    await asyncio.wait((waiting, self.task), return_when=asyncio.FIRST_COMPLETED)
                    waiting.cancel()


class ExportFiles:
    """A folder of files with complete lists, bounded in size: the files read least recently are deleted first.

    Processes may share it: a file appears under its name when it is complete, and whoever writes it has a lock.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self.folder, self.size = folder, size
        self.usable = size > 0
        self.writing: dict[Path, Writing] = {}
        self.newest: dict[str, int] = {}  # By database, the last withdrawal that is known.

    def open(self, name: FileName) -> BinaryIO | None:
        """A complete file, open for reading, so that it stays readable if it is deleted meanwhile; None if there is none."""
        if not self.size:
            return None
        self._forget_withdrawn(name)
        path = self.folder / name.path
        try:
            file = path.open("rb")
        except OSError:
            return None
        with suppress(OSError):  # Times of access tell what was read least recently; many file systems do not keep them by themselves.
            os.utime(path, (time.time(), os.fstat(file.fileno()).st_mtime))
        return file

    async def write(self, name: FileName, produce: Produce) -> Writing | None:
        """The file while it is written, by this request or an earlier one; None if another process writes it, or if the folder cannot be used."""
        path = self.folder / name.path
        if (writing := self.writing.get(path)) is not None:
            return writing
        writing = self.writing[path] = Writing(path.with_name(path.name + PARTIAL), produce)
        try:
            file = self._locked(path, writing.partial)
            if file is None:
                del self.writing[path]
                return None
            writing.task = asyncio.create_task(self._write(path, writing, file, produce))
        except BaseException:
            self.writing.pop(path, None)
            raise
        writing.task.add_done_callback(lambda task: task.cancelled() or task.exception())  # Its readers raise it.
        return writing

    async def wait(self, writing: Writing | None) -> None:
        """Wait until a file is written, or for a moment, if another process writes it. Raises what opening and reading its list raises."""
        if writing is None or writing.task is None:
            await asyncio.sleep(POLL)
            return
        async with writing.reader():
            await asyncio.wait([writing.task])
        with suppress(OSError):  # The folder became unusable, which is logged.
            writing.task.result()

    async def close(self) -> None:
        """Give up every file that is being written."""
        tasks = [writing.task for writing in self.writing.values() if writing.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _locked(self, path: Path, partial: Path) -> BinaryIO | None:
        """The partial file, open for writing and locked against other processes; None if one of them has it."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = partial.open("ab")
        except OSError as error:
            self._give_up(error)
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Another process may have completed, and so renamed, the file before it was locked here.
            if os.fstat(file.fileno()).st_ino == partial.stat().st_ino and not path.exists():
                file.truncate(0)
                return file
        except OSError:
            pass
        file.close()
        return None

    async def _write(self, path: Path, writing: Writing, file: BinaryIO, produce: Produce) -> None:
        """Write a file, and give it its name when it is complete."""
        try:
            with file:
                pieces = await produce()
                try:
                    async for piece in pieces:
                        await asyncio.to_thread(_write_all, file, piece)
                        writing.grow(len(piece))
                finally:
                    await pieces.aclose()
                writing.partial.rename(path)
        except BaseException as error:
            with suppress(OSError):
                writing.partial.unlink()
            if isinstance(error, OSError):
                self._give_up(error)
            raise
        finally:
            self.writing.pop(path, None)
        await asyncio.to_thread(self._make_room, path)

    def _give_up(self, error: OSError) -> None:
        if self.usable:
            logger.warning("EXPORT_CACHE: %s cannot be written, so complete lists are not kept as files: %s", self.folder, error)
        self.usable = False

    def _make_room(self, newest: Path) -> None:
        """Delete the files that were read least recently until the others fit; never the newest."""
        files = []
        for path in self.folder.glob("*/*/*"):
            with suppress(OSError):
                status = path.stat()
                if path.suffix == PARTIAL:
                    if time.time() - status.st_mtime > ABANDONED_AFTER:
                        path.unlink()
                else:
                    files.append((status.st_atime, status.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self.size:
                break
            if path != newest:
                path.unlink(missing_ok=True)
                total -= size

    def _forget_withdrawn(self, name: FileName) -> None:
        """Delete the files of before the last withdrawal, which are never served again."""
        if self.newest.get(name.database, -1) >= name.withdrawal:
            return
        self.newest[name.database] = name.withdrawal
        current = (self.folder / name.path).parent
        for folder in current.parent.glob("withdrawal-*"):
            if folder != current:
                shutil.rmtree(folder, ignore_errors=True)


def _write_all(file: BinaryIO, piece: bytes) -> None:
    file.write(piece)
    file.flush()
