"""Takes in foreign files: their records to claims in files that PostgreSQL copies, with what is wrong and what is odd counted and named."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from schema.codelists.bounding_boxes import BOUNDING_BOXES
from schema.formats.expressions import Lookup
from schema.formats.format import FileFormat
from schema.model.kinds import Kinds

from ..errors import LoadRefused
from ..sql.duckdb import claims as claims_sql
from ..sql.duckdb import flags
from ..sql.duckdb import gather as gather_sql
from .open import open_file

MEMORY = "160MB"  # Of DuckDB; what does not fit goes to the folder of the load.
SHOWN = 1000  # Rejections and odd values that a receipt names; all are counted.
EACH = 100  # Odd values of one sort among them.


@dataclass(frozen=True, order=True)
class Rejection:
    """One thing that is wrong with a record of a file."""

    file: str
    record: str
    field: str
    value: str | None
    reason: str

    def __str__(self) -> str:
        said = f", {self.value!r}" if self.value is not None else ""
        return f"{self.file}, {self.record}{f', {self.field}' if self.field else ''}{said}: {self.reason}"


@dataclass(frozen=True)
class FileSummary:
    """What a file held: how many records, and how many of them are refused or come twice."""

    file: str
    sha256: str
    format: FileFormat
    read: int
    rejected: int
    repeated: int
    columns: tuple[str, ...]


@dataclass
class Intake:
    """What all files of a load held."""

    files: list[FileSummary] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)  # The first of them.
    problems: int = 0  # All of them.
    flags: dict[str, int] = field(default_factory=dict)
    odd: list[str] = field(default_factory=list)  # The first of what is flagged.
    claims: dict[str, int] = field(default_factory=dict)  # By kind, as they are copied.

    def sum(self, name: str) -> int:
        return sum(getattr(one, name) for one in self.files)


Tell = Callable[[str], None]


class FileIntake:
    """Takes in files one after the other, in a folder of its own."""

    def __init__(self, kinds: Kinds, folder: Path, tell: Tell = lambda stage: None) -> None:
        self.kinds, self.folder, self.tell = kinds, folder, tell
        self.connection = duckdb.connect(str(folder / "intake.duckdb"))
        self.result = Intake()
        self._run(f"set memory_limit = '{MEMORY}'; set temp_directory = '{folder}'; set preserve_insertion_order = true; set threads = 2")
        self.statements: list[claims_sql.ClaimStatements] = []
        self.kinds_seen: list[str] = []  # The kinds that the files speak of.
        for statement in gather_sql.TABLES:
            self._run(statement)
        self._run(gather_sql.boxes(BOUNDING_BOXES))

    def close(self) -> None:
        self.connection.close()

    def add_file(self, path: Path, source: str, asked: str = "") -> FileFormat:
        """Make claims of the records of a file. `asked` is the name of a format, where one is told. Raises LoadRefused."""
        self.tell(f"reading {path.name}")
        number, digest = len(self.result.files), sha256(path)
        self._run(gather_sql.FORGET)
        found = open_file(self.connection, path, self.folder, asked)
        if not (source or found.format.default_source) and any(one.source is None for one in found.format.records_for(found.columns)):
            raise LoadRefused(
                f"{path.name}: a file of the format {found.format.name} does not say who claims it; name the source, with --source; nothing was written"
            )
        made = claims_sql.ClaimStatements(
            self.kinds, found.format, found.columns, source or found.format.default_source, number, found.whole
        )
        self._look_up(made.looked)
        try:
            for statement in made.statements(found.records):
                self._run(statement)
        except duckdb.Error as error:
            raise LoadRefused(f"{path.name}: cannot be read: {str(error).splitlines()[0]}; nothing was written") from error
        unread = self._unread(number)
        ((read, rejected, repeated),) = self._rows(made.counts())
        for statement in flags.of_records(number, made.columns, found.format.sentinels, made.unlisted):
            self._run(statement)
        self.statements.append(made)
        self.result.files.append(
            FileSummary(path.name, digest, found.format, read + unread, rejected + unread, repeated, tuple(found.columns))
        )
        return found.format

    def _run(self, statement: str) -> None:
        self.connection.execute(statement)

    def _rows(self, statement: str) -> list[Any]:
        return self.connection.execute(statement).fetchall()

    def _look_up(self, lists: Iterable[Lookup]) -> None:
        for one in lists:
            columns = [list(column) for column in zip(*one.rows, strict=True)]
            rows = "select unnest(?) as key, unnest(?) as since, unnest(?) as until, unnest(?) as value"
            self.connection.execute(f"create or replace table lookup_{one.name} as {rows}", columns)

    def _unread(self, number: int) -> int:
        """Put what could not even be cut into cells among the problems; returns how many records that is."""
        if not self.connection.execute(gather_sql.REJECTS).fetchall():
            return 0
        for path, starts in self.connection.execute(gather_sql.UNREAD).fetchall():
            self.connection.execute(gather_sql.LINES, [starts, _lines(Path(path), starts)])
            self._run(gather_sql.unread(number))
            return len(starts)
        return 0

    def finish(self) -> Intake:
        """Count what is wrong and what is odd in all files together."""
        self.tell("comparing")
        self._run("set preserve_insertion_order = false")  # Which would hold whole tables in memory.
        latest = dt.date.today().year + 1
        for name, kind in self.kinds.items():
            said = [
                part
                for made, one in zip(self.statements, self.result.files, strict=True)
                for part in made.said(name, one.rejected + one.repeated > 0)
            ]
            if said:
                self.kinds_seen.append(name)
                for statement in (
                    gather_sql.create_claims_view(kind, said),
                    gather_sql.create_wordings_table(
                        kind, any(one.record.otherwise and one.record.kind == name for made in self.statements for one in made.made)
                    ),
                    *flags.of_claims(self.kinds, kind, latest),
                    flags.of_wordings(kind),
                ):
                    self._run(statement)
        self._refuse_duplicates()
        self._run(gather_sql.ONCE)
        self._collect_problems()
        return self.result

    def _refuse_duplicates(self) -> None:
        """Raises LoadRefused where two files make one claim: it would be counted as two."""
        names = [one.file for one in self.result.files]
        for name in self.kinds_seen if len(names) > 1 else ():
            if told := [
                f"{name} {id}: is claimed in {names[a]} and in {names[b]}"
                for id, a, b in self._rows(gather_sql.duplicates(self.kinds[name]))
            ]:
                raise LoadRefused("\n".join([*told, "load such files one after the other; nothing was written"]))

    def _collect_problems(self) -> None:
        names, rows = [one.file for one in self.result.files], self._rows
        self.result.problems = rows(gather_sql.PROBLEMS)[0][0]
        self.result.rejections = [Rejection(names[file], entry, *rest) for file, entry, *rest in rows(gather_sql.problems(SHOWN))]
        self.result.flags = dict(rows(gather_sql.FLAGS))
        self.result.odd = [f"{names[file]}, {line}" for file, line in rows(gather_sql.odd(SHOWN, EACH))]

    def write_claims(self, name: str) -> Path:
        """Write the claims about a kind for PostgreSQL to copy, and count them."""
        path = self.folder / f"{name}.csv"
        ((self.result.claims[name],),) = self._rows(gather_sql.copy(self.kinds[name], path))
        return path

    def write_rejects(self, path: Path) -> None:
        """Write the refused records to a file, each with all that is wrong with it."""
        self._run(gather_sql.rejects(path))


def _lines(path: Path, starts: list[int]) -> list[int]:
    """The lines of a file that these bytes of it, counted from 1 and in order, are on; records may be longer than a line."""
    found, line, at = [], 1, 0
    with path.open("rb") as file:
        for start in starts:
            while at < start - 1 and (block := file.read(min(start - 1 - at, 1 << 20))):
                line, at = line + block.count(b"\n"), at + len(block)
            found.append(line)
    return found


def sha256(path: Path) -> str:
    """The digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
