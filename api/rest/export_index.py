"""What files there are in a folder, and which are deleted if they are too many or too large: those of old revisions first, then those read least recently."""

from __future__ import annotations

import re
import threading
import time
from contextlib import suppress
from pathlib import Path

PARTIAL = ".partial"
ABANDONED_AFTER = 3600  # Seconds since the last change of a partial file that nobody is writing.
MAX_FILES = 10_000  # A client can request many different lists, each of which takes some place on disk, however short.
FILLED = 0.9  # The part of both limits that is left when one is exceeded, so that not every further file needs a search for what to delete.
SCAN_AFTER = 600  # Seconds after which the folder is looked at again, for files that other processes have written.
REVISION = re.compile(r"r([0-9]{1,18})-")


class FileIndex:
    """The complete files in a folder with their sizes, in memory: in the order in which they were last read.

    Every method may be called in any thread. `read` waits for none, since the thread that answers requests calls it.
    """

    def __init__(self, folder: Path, max_size: int, max_files: int = MAX_FILES) -> None:
        self.folder, self.max_size, self.max_files = folder, max_size, max_files
        self.files: dict[Path, int] = {}  # Those read last at the end.
        self.scanned_at: float | None = None
        self.lock = threading.RLock()  # Held for as long as files are added and deleted.

    def read(self, path: Path, size: int) -> None:
        """Note that a file has been read. It need not be known yet."""
        self.files.pop(path, None)
        self.files[path] = size

    def forget(self, folder: Path) -> None:
        """Forget the files of a folder that was deleted."""
        with self.lock:
            for path in [path for path in [*self.files] if path.parent == folder]:
                self.files.pop(path, None)

    def add(self, path: Path, size: int) -> None:
        """Add a complete file, and delete others until they fit; never this one."""
        with self.lock:
            if self.scanned_at is None or time.monotonic() - self.scanned_at > SCAN_AFTER:
                self._scan()
            self.read(path, size)
            total = sum([*self.files.values()])
            if total > self.max_size or len(self.files) > self.max_files:
                self._delete(total - int(self.max_size * FILLED), len(self.files) - int(self.max_files * FILLED), path)

    def make_room_for(self, size: int) -> bool:
        """Delete files of at least this size in total, since the disk is full. Returns whether there were any."""
        with self.lock:
            if self.scanned_at is None:
                self._scan()
            return self._delete(size, 1)

    def _delete(self, size: int, number: int, kept: Path | None = None) -> bool:
        """Delete at least so many bytes and files, as far as there are any, but never `kept`."""
        order = [file for file in [*self.files.items()] if file[0] != kept]
        newest: dict[Path, int] = {}
        for path, _ in order:
            newest[path.parent] = max(newest.get(path.parent, 0), _revision(path))
        order.sort(key=lambda file: _revision(file[0]) == newest[file[0].parent])  # Otherwise in the order in which they were read.
        for path, freed in order:
            if size <= 0 and number <= 0:
                break
            with suppress(OSError):
                path.unlink()
            self.files.pop(path, None)
            size, number = size - freed, number - 1
        return bool(order)

    def _scan(self) -> None:
        """Look at what is in the folder, and delete what a process that was killed left half-written."""
        found = []
        for path in self.folder.glob("*/*/*"):
            with suppress(OSError):
                status = path.stat()
                if path.suffix == PARTIAL:
                    if time.time() - status.st_mtime > ABANDONED_AFTER:
                        path.unlink()
                else:
                    found.append((status.st_atime, path, status.st_size))
        self.files = {path: size for _, path, size in sorted(found)}
        self.scanned_at = time.monotonic()


def _revision(path: Path) -> int:
    match = REVISION.match(path.name)
    return int(match[1]) if match else 0
