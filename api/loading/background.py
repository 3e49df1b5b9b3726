"""Loads collections beside a running server: in a process of its own, one collection after the other, whose progress the server shows.

A server imports this module, and nothing else of loading: DuckDB and the readers of files are imported in the process that loads.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import IO, Literal

from ..errors import ConflictFactsError
from ..settings import without_secrets

State = Literal["waiting", "loading", "loaded", "failed"]
REASON_IN_LOG = "the log of the server says why"
STOP_SECONDS = 10  # After which a process that was asked to end is killed. PostgreSQL rolls back what it had not committed.


@dataclass
class CollectionProgress:
    """How far a collection is: its name, its state, and the stage in words or, if it failed, what readers may know of the reason."""

    name: str
    state: State = "waiting"
    words: str = ""


class BackgroundLoad:
    """The collections that are loaded while the server runs, and the process that loads them.

    `report` gets a line for each collection that was loaded or that failed. Neither stops the server.
    """

    def __init__(self, url: str, folders: Sequence[Path], private: bool, report: Callable[[str], None]) -> None:
        self.collections = [CollectionProgress(folder.name) for folder in folders]
        self._request = json.dumps({"url": url, "folders": [str(folder) for folder in folders], "private": private})
        self._report, self._secret, self._private = report, url, private
        self._process: subprocess.Popen[str] | None = None
        self._progress: Path | None = None

    @property
    def unfinished(self) -> list[CollectionProgress]:
        """What is not loaded: collections that wait, that are being loaded, or that failed."""
        return _unfinished(self.collections)

    def tell(self, progress: Path) -> None:
        """Keep how far the collections are in a file, for other processes."""
        self._progress = progress
        self._write_progress()

    def start(self) -> None:
        """Start the process. Ctrl-C in a terminal does not reach it; it ends with this process, because then its input ends."""
        self._process = subprocess.Popen(  # noqa: S603  # our own module
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        threading.Thread(target=self._follow, args=(self._process,), daemon=True).start()

    def stop(self) -> None:
        """End the process, if it runs. A collection that is not loaded completely is not loaded at all."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _follow(self, process: subprocess.Popen[str]) -> None:
        with process, suppress(BrokenPipeError):  # If it was stopped before it read.
            assert process.stdin and process.stdout
            process.stdin.write(self._request + "\n")
            process.stdin.flush()
            for line in process.stdout:
                number, state, words = json.loads(line)
                self._show(self.collections[number], state, words)
        if (code := process.wait()) > 0:  # A negative one is the signal that ended it.
            for collection in self.unfinished:
                if collection.state != "failed":
                    self._show(collection, "failed", f"the process that loads ended with status {code}")

    def _show(self, collection: CollectionProgress, state: State, words: str) -> None:
        told = without_secrets(words, self._secret)
        # A reason quotes the file, which may be withheld, and names folders of this computer: it is for the operator.
        collection.state, collection.words = state, told if state != "failed" or self._private else REASON_IN_LOG
        self._write_progress()
        if state in ("loaded", "failed"):
            self._report(f"collection {collection.name} {state}: {told}")

    def _write_progress(self) -> None:
        """Replace the file as a whole: whoever reads it finds one state."""
        if self._progress is None:
            return
        new = self._progress.with_suffix(".new")
        with suppress(OSError):  # A full disk: the file stays as it was, and the load goes on.
            new.write_text(json.dumps([asdict(collection) for collection in self.collections]), "utf-8")
            new.replace(self._progress)


class ReportedLoad:
    """The collections that another process loads, as it tells in a file."""

    def __init__(self, progress: Path) -> None:
        self._progress = progress

    @property
    def unfinished(self) -> list[CollectionProgress]:
        """The same as of a BackgroundLoad; nothing if the other process has ended."""
        try:
            return _unfinished(CollectionProgress(**collection) for collection in json.loads(self._progress.read_text("utf-8")))
        except OSError:
            return []


def _unfinished(collections: Iterable[CollectionProgress]) -> list[CollectionProgress]:
    return [collection for collection in collections if collection.state != "loaded"]


def main(request: IO[str], answer: IO[str]) -> None:
    """Load the collections that a line of JSON names, and write a line for each stage: the number of the collection, its state, words."""
    options = json.loads(request.readline())
    threading.Thread(target=_end_with, args=(request,), daemon=True).start()

    def tell(number: int, state: State, words: str) -> None:
        print(json.dumps([number, state, words]), file=answer, flush=True)

    for number, folder in enumerate(options["folders"]):
        tell(number, "loading", "starting")
        try:
            tell(number, "loaded", _load(options["url"], Path(folder), options["private"], partial(tell, number, "loading")))
        except Exception as error:  # Whatever it is: the next collection is loaded, and readers see the reason.
            tell(number, "failed", _reason(error))


def _load(url: str, folder: Path, private: bool, on_stage: Callable[[str], None]) -> str:
    from schema.kinds import KINDS  # noqa: PLC0415  # not needed by a server that has all collections

    from .collections import load  # noqa: PLC0415
    from .lock import wait_until_unlocked  # noqa: PLC0415
    from .stages import Stages  # noqa: PLC0415

    stages = Stages(lambda stages: on_stage(stages.label))
    asyncio.run(wait_until_unlocked(url, f"load {folder.name}", stages))  # Another server may be loading it: then it is not read twice.
    receipt = asyncio.run(load(KINDS, url, folder, private=private, on_stage=stages))
    return f"revision {receipt.revision}" if receipt.revision else "nothing changed"


def _reason(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__) if isinstance(error, ConflictFactsError) else f"{type(error).__name__}: {error}"


def _end_with(request: IO[str]) -> None:
    """End this process when its input ends, as it does when the server has ended, however that ended."""
    request.read()
    os._exit(0)


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
