"""Complete lists kept as files: each is written once, for one revision, and then served with its length and in ranges."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import hashlib
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .export_index import PARTIAL, FileIndex
from .growing_file import POLL, FolderUnusable, Produce, Writing

logger = logging.getLogger(__name__)
RETRY_AFTER = 60.0  # Seconds after which a folder that could not be written is tried again.
FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class FileName:
    """What a file is named after: everything that its bytes depend on.

    The folder stands for the database and for what it has withdrawn: once a load withdraws what was public, no file of before is found again. The revision
    tells which files are deleted first.
    """

    database: str
    withdrawal: int
    content: str  # The digest of what the bytes depend on.
    suffix: str
    revision: int = 0

    @property
    def path(self) -> Path:
        folder = Path(hashlib.sha256(self.database.encode()).hexdigest()[:16], f"withdrawal-{self.withdrawal}")
        return folder / f"r{self.revision}-{self.content}.{self.suffix}"


def digest(content: tuple[object, ...]) -> str:
    """A short text that stands for what the bytes of a file depend on."""
    return hashlib.sha256(repr(content).encode()).hexdigest()[:40]


class ExportFiles:
    """A folder of files with complete lists, bounded in size and number.

    Processes may share it: a file appears under its name when it is complete, and whoever writes it has a lock. While the folder cannot be written, what is
    in it is served all the same.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self.folder, self.size = folder, size
        self.index = FileIndex(folder, size)
        self.writing: dict[Path, Writing] = {}
        self.newest: dict[str, int] = {}  # By database, the last withdrawal that is known.
        self.failing = False  # Since it was logged that the folder cannot be written.
        self.retry_at = 0.0

    @property
    def usable(self) -> bool:
        """Whether files are written."""
        return self.size > 0 and time.monotonic() >= self.retry_at

    def open(self, name: FileName) -> BinaryIO | None:
        """A complete file, open for reading, so that it stays readable if it is deleted meanwhile; None if there is none.

        One that is not as it was written, such as one that a crash or a tool has cut, is deleted.
        """
        if not self.size:
            return None
        self._forget_withdrawn(name)
        path = self.folder / name.path
        try:
            file = path.open("rb")
        except OSError:
            return None
        status = os.fstat(file.fileno())
        if status.st_mtime_ns != _mark(status.st_size):
            file.close()
            logger.warning("EXPORT_CACHE: %s is not as it was written, so it is written again", path)
            with suppress(OSError):
                path.unlink()
            return None
        with suppress(OSError):  # Times of access tell what was read least recently; many file systems do not keep them by themselves.
            os.utime(file.fileno(), ns=(time.time_ns(), status.st_mtime_ns))
        self.index.read(path, status.st_size)
        return file

    async def write(self, name: FileName, produce: Produce) -> Writing | None:
        """The file while it is written, by this request or an earlier one; None if another process writes it, or if the folder cannot be used."""
        path = self.folder / name.path
        while (writing := self.writing.get(path)) is not None:
            if not writing.given_up or writing.task is None:
                return writing
            await asyncio.wait([writing.task])  # It ends, and releases its lock.
        writing = Writing(path.with_name(path.name + PARTIAL), produce)
        file = self._locked(path, writing.partial)
        if file is None:
            return None
        self.writing[path] = writing
        writing.task = asyncio.create_task(self._write(path, writing, file))
        writing.task.add_done_callback(lambda task: self._ended(path, writing, file, task))
        return writing

    async def wait(self, writing: Writing | None) -> None:
        """Wait until a file is written, or for a moment, if another process writes it. Raises what opening and reading its list raises."""
        if writing is None or writing.task is None:
            await asyncio.sleep(POLL)
            return
        async with writing.reader():
            await asyncio.wait([writing.task])
        with suppress(FolderUnusable):  # Which is logged.
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
            file = self._opened(partial)
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

    def _opened(self, partial: Path) -> BinaryIO:
        while True:
            try:
                return partial.open("ab", buffering=0)
            except OSError as error:  # A file system may have no room for another file.
                if error.errno not in FULL or not self.index.make_room_for(1):
                    raise

    async def _write(self, path: Path, writing: Writing, file: BinaryIO) -> None:
        """Write a file, and give it its name when it is complete and on disk. Raises what producing it raises, and FolderUnusable."""
        size = 0
        async with aclosing(await writing.produce()) as pieces:
            async for piece in pieces:
                with self._watched():
                    await to_the_end(self._append, file, piece)
                size += len(piece)
                writing.grow()
        with self._watched():
            await to_the_end(os.fsync, file.fileno())
            writing.partial.rename(path)
            os.utime(file.fileno(), ns=(time.time_ns(), _mark(size)))
        self.writing.pop(path, None)  # Before anything is awaited: the partial file, which readers would open, is no more.
        self.failing = False
        await to_the_end(self.index.add, path, size)

    def _append(self, file: BinaryIO, piece: bytes) -> None:
        """Write a piece; if the disk is full, delete other files until there is room. Raises OSError."""
        rest = memoryview(piece)
        while rest:
            try:
                rest = rest[file.write(rest) :]
            except OSError as error:
                if error.errno not in FULL or not self.index.make_room_for(len(rest)):
                    raise

    def _ended(self, path: Path, writing: Writing, file: BinaryIO, task: asyncio.Task[None]) -> None:
        """Clean up after a task, also one that was cancelled before it began."""
        if self.writing.get(path) is writing:  # It is not complete.
            del self.writing[path]
            with suppress(OSError):
                writing.partial.unlink()
        file.close()  # Which releases the lock.
        if not task.cancelled():
            task.exception()  # Its readers raise it.

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Turn an error of the folder into FolderUnusable."""
        try:
            yield
        except OSError as error:
            self._give_up(error)
            raise FolderUnusable from error

    def _give_up(self, error: OSError) -> None:
        """Write no files for a while, which is logged once until one has been written again."""
        if not self.failing:
            logger.warning("EXPORT_CACHE: %s cannot be written, so complete lists are not kept as files for now: %s", self.folder, error)
        self.failing, self.retry_at = True, time.monotonic() + RETRY_AFTER

    def _forget_withdrawn(self, name: FileName) -> None:
        """Delete the files written before the last withdrawal, which are never served again."""
        if self.newest.get(name.database, -1) >= name.withdrawal:
            return
        self.newest[name.database] = name.withdrawal
        current = (self.folder / name.path).parent
        for folder in current.parent.glob("withdrawal-*"):
            if folder != current:
                shutil.rmtree(folder, ignore_errors=True)
                self.index.forget(folder)


async def to_the_end(act: Callable[..., object], *given: object) -> None:
    """Call a function in another thread, and wait for it also if this is cancelled: what it uses must not be released before."""
    acting = asyncio.ensure_future(asyncio.to_thread(act, *given))
    try:
        await asyncio.shield(acting)
    except asyncio.CancelledError:
        await asyncio.wait([acting])
        acting.exception()
        raise


def _mark(size: int) -> int:
    """The time of change, in nanoseconds, that a complete file of this size is given: whatever changes it later sets another."""
    return size % 2**31 * 1_000_000_000
