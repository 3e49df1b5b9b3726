"""The steps of a run, in order. Each returns its measurements, and continues with the database that the steps before it have left."""

from __future__ import annotations

import asyncio
import pickle
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import ged
from ..peers import Server, free_port
from ..peers.ours import Ours
from . import copy_baseline, readers
from . import questions as question_files
from .command import Command
from .workspace import Workspace

FIRST_SOURCE, SECOND_SOURCE = "bench-ged", "bench-other"
MORE_FIRST_ID, SECOND_FIRST_ID = 40_000_000, 50_000_000  # The ids of further events, and of the second dataset, are above these.
StepResult = dict[str, Any]


@dataclass(frozen=True)
class RunOptions:
    """The sizes of files, the seconds of reading, the number of readers, and their pause in seconds."""

    events: int
    small: int
    seconds: float
    readers: int
    pause: float


class Run:
    """One run on one PostgreSQL server."""

    def __init__(self, place: Workspace, wanted: RunOptions) -> None:
        self.place, self.wanted = place, wanted

    def first(self) -> StepResult:
        """The file into an empty database, migrations included, like the first load of a user who has just set DATABASE_URL."""
        asyncio.run(self.place.fresh("ours"))
        return self._load("ours", self._file("first", ged.Plan(self.wanted.events)))

    def floor(self) -> StepResult:
        return asyncio.run(copy_baseline.floor(self.place, "ours"))

    def small(self) -> StepResult:
        """A smaller file into an empty database, to see whether memory grows with the file."""
        asyncio.run(self.place.fresh("small"))
        return self._load("small", self._file("small", ged.Plan(self.wanted.small)))

    def again(self) -> StepResult:
        return self._load("ours", self._file("first", ged.Plan(self.wanted.events)))

    def changed(self) -> StepResult:
        return self._load("ours", self._file("changed", ged.Plan(self.wanted.events, changed=0.01)))

    def replace(self) -> StepResult:
        """The first file replaces the changed one of the same source."""
        return self._load("ours", self._file("first", ged.Plan(self.wanted.events)), "--replace", FIRST_SOURCE)

    def more(self) -> StepResult:
        """A file with one event for each hundred of the first: others, of the same source."""
        return self._load("ours", self._file("more", ged.Plan(max(1, self.wanted.events // 100), seed=44, first_id=MORE_FIRST_ID)))

    def undo(self) -> StepResult:
        """Undo the revision before this step, which `more` recorded."""
        asyncio.run(self.place.settle())
        url = self.place.url("ours")
        number = asyncio.run(self.place.value(url, "select max(id) from revision"))
        claims = asyncio.run(self.place.value(url, "select count(*) from event_claim where added_in = $1", number))
        ran = Command(url, self.place.home / "undo.log", "undo", number).ended()
        return {"seconds": ran.seconds, "peak": ran.peak, "rows": claims, "rate": claims / ran.seconds, "told": {}}

    def readers(self) -> StepResult:
        """A second dataset into the filled database while readers send requests; their latencies before, during and after."""
        file = self._file("second", ged.Plan(self.wanted.events, seed=43, first_id=SECOND_FIRST_ID))
        questions = self.place.home / "requests.pickle"
        questions.write_bytes(pickle.dumps(asyncio.run(question_files.requests(self.place.url("ours")))))
        server = Server(ServerOnWorkspace(self.place), None, free_port())  # type: ignore[arg-type]  # It has a place instead of a database.
        try:
            self._reading(server, questions, self.wanted.seconds / 4)  # Warms; does not count.
            before = self._reading(server, questions, self.wanted.seconds)
            at_work = readers.Readers(server.port, questions, self.wanted.readers, self.wanted.pause)
            loaded = self._load("ours", file, source=SECOND_SOURCE)
            during = at_work.stop()
            after = self._reading(server, questions, self.wanted.seconds)
        finally:
            server.stop()
        return {**loaded, "before": before, "during": during, "after": after}

    def _reading(self, server: Server, questions: Path, seconds: float) -> dict[str, float]:
        at_work = readers.Readers(server.port, questions, self.wanted.readers, self.wanted.pause)
        time.sleep(seconds)
        return at_work.stop()

    def _load(self, database: str, file: Path, *more: str, source: str = FIRST_SOURCE) -> StepResult:
        asyncio.run(self.place.settle())
        said = [] if "--replace" in more else ["--source", source]
        ran = Command(self.place.url(database), self.place.home / "load.log", "load", file, *said, *more, "--json").ended()
        rows = ran.told.get("read", 0)
        return {
            "seconds": ran.seconds,
            "peak": ran.peak,
            "rows": rows,
            "rate": rows / ran.seconds,
            "bytes": file.stat().st_size,
            "told": ran.told,
        }

    def _file(self, name: str, plan: ged.Plan) -> Path:
        file = self.place.home / f"{name}.csv"
        if not file.exists():
            ged.write(plan, file)
        return file


class ServerOnWorkspace(Ours):
    """Our server on a database of this workspace, without a response cache."""

    name = "loading-ours"

    def __init__(self, place: Workspace) -> None:
        self.place = place

    def command(self, database: object, port: int) -> tuple[list[str], dict[str, str]]:
        url, read_url = self.place.url("ours"), self.place.url("ours", "reader")
        return [sys.executable, "-m", "api", "serve", "--no-load", "--port", str(port)], {
            "DATABASE_URL": url,
            "DATABASE_READ_URL": read_url,
            **self.settings,
        }
