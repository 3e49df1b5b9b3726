"""The claims that a foreign file is mapped to, as they would be copied into the database, and the summary of the file."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from api.intake.intake import FileIntake
from api.intake.open import open_file
from api.intake.open_table import OpenedFile
from api.intake.result import FileSummary, Intake
from schema.formats.format import FileFormat
from schema.kinds import KINDS
from schema.model.claim_table import claim_table

Claim = dict[str, Any]


class Claims:
    """The claims by kind, each a dictionary of texts or None, and the summary of the file."""

    def __init__(self, file_intake: FileIntake) -> None:
        self.intake: Intake = file_intake.finish()
        written = {kind: file_intake.write_claims(kind) for kind in file_intake.kinds_seen}
        self.tables = {kind: sorted(_claims(kind, path), key=lambda one: str(one["id"])) for kind, path in written.items()}

    def __getitem__(self, kind: str) -> list[Claim]:
        return self.tables.get(kind, [])

    @property
    def file(self) -> FileSummary:
        return self.intake.files[0]

    def by_id(self, kind: str) -> dict[str, Claim]:
        """The claims of a kind, where each record has one."""
        found = {one["id"]: one for one in self[kind]}
        assert len(found) == len(self[kind])
        return found

    @staticmethod
    def ids(text: str | None) -> list[str]:
        """The ids in PostgreSQL's notation of an array."""
        return re.findall(r"[^{},\"]+", text or "")


def _claims(kind: str, path: Path) -> Iterator[Claim]:
    """Read a file as COPY does: an empty cell is null, and two quotation marks are an empty text."""
    names = list(claim_table(KINDS[kind]))
    for row in csv.reader(io.StringIO(path.read_text("utf-8"), newline="")):
        yield {name: cell if cell != "" else None for name, cell in zip(names, row, strict=True)}


def claims(path: Path, folder: Path, source: str = "test-source", asked: str | FileFormat = "", same_rows: str = "") -> Claims:
    """Take in one file. Raises LoadRefused."""
    inside = folder / f"intake-{len(list(folder.iterdir()))}"
    inside.mkdir()
    file_intake = FileIntake(KINDS, inside, same_rows=same_rows)
    try:
        file_intake.add_file(path, source, asked)
        return Claims(file_intake)
    finally:
        file_intake.close()


def claims_and_intake(folder: Path, text: str | None, name: str = "a.csv", asked: str = "") -> tuple[dict[str, list[dict[str, str]]], Any]:
    """The claims that a file is mapped to, by kind, and the result of the intake. Raises LoadRefused."""
    if text is not None:
        (folder / name).write_text(text, "utf-8")
    (work := folder / f"work-{len(list(folder.iterdir()))}").mkdir()
    file_intake = FileIntake(KINDS, work)
    try:
        file_intake.add_file(folder / name, "", asked)
        told = file_intake.finish()
        said = {kind: csv.reader(io.StringIO(file_intake.write_claims(kind).read_text("utf-8"))) for kind in file_intake.kinds_seen}
        return {
            kind: sorted((dict(zip(claim_table(KINDS[kind]), row, strict=True)) for row in rows), key=lambda one: one["id"])
            for kind, rows in said.items()
        }, told  # fmt: skip
    finally:
        file_intake.close()


class Opened(NamedTuple):
    """A file as it is recognized, and its records, from which alone its claims are made."""

    file: OpenedFile
    records: list[dict[str, Any]]


def opened(path: Path, asked: str | FileFormat = "") -> Opened:
    """Open a file and read its records, which takes a tenth of the time of mapping them. Raises LoadRefused."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        file = open_file(connection, path, Path(folder), asked)
        cursor = connection.execute(file.records)
        names = [column[0] for column in cursor.description or ()]
        return Opened(file, [dict(zip(names, row, strict=True)) for row in cursor.fetchall()])
