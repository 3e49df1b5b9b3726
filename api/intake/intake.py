"""Takes in foreign files: turns their records into claims for PostgreSQL to copy, and collects problems and flags."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from schema.codelists.bounding_boxes import BOUNDING_BOXES
from schema.formats.format import FileFormat
from schema.model.kinds import Kinds

from ..errors import LoadRefused
from ..sql.duckdb import columns, flags, second_headers, tables
from ..sql.duckdb import merge_files as gather
from ..sql.duckdb.claims import ClaimStatements
from ..sql.duckdb.stated_cells import flagged_cells, flagged_lists
from ..sql.duckdb.sum_columns import table_columns
from .claim_warnings import warnings_of_claims
from .open import duckdb_reason, open_file
from .open_table import OpenedFile, header_of
from .optional_columns import lacking_columns
from .protected import protected_rows
from .rejection_advice import cure
from .rejects import insert_rejects
from .release_source import missing_source, stated_source
from .result import MAX_LISTED, MAX_LISTED_PER_FLAG, FileSummary, Intake, Rejection
from .sum_rows import SumRows
from .sum_warnings import sum_warnings
from .unclosed_quotes import reject_swallowed
from .unpack import sha256

MANY_RECORDS = 5_000
MAX_CURES = 10_000  # Distinct values of which it is said what to do about them.
DUCKDB_MEMORY = "160MB"  # What needs more goes to the folder of the load.


class FileIntake:
    """Takes in the files of one load, with a DuckDB database in a folder of its own.

    Call `add_file` for each file, `finish` once, then `write_claims` for each of `kinds_seen`, and `close` in any case.
    `on_stage` is called with a sentence when a new stage of the work begins. `same_rows`: whether rows without an id that are the same
    in every cell are all kept (`keep`) or counted once (`once`); by default, they are rejected.
    """

    def __init__(self, kinds: Kinds, folder: Path, on_stage: Callable[[str], None] = lambda stage: None, same_rows: str = "") -> None:
        self.kinds, self.folder, self.on_stage, self.same_rows = kinds, folder, on_stage, same_rows
        self.connection = duckdb.connect()
        self.result = Intake()
        self.statements: list[ClaimStatements] = []  # For each file.
        self.sources: list[str] = []  # The source of each file.
        self.sum_warnings: list[list[str]] = []  # For each file, what to say about rows that sum others, or may do so.
        self.kinds_seen: list[str] = []  # The kinds that the files make claims about.
        self.kinds_shared = set[str]()  # Those of which several records may describe one.
        self._run(tables.attach(folder / "intake.duckdb"), *tables.settings(DUCKDB_MEMORY, folder), *tables.TABLES)
        self.connection.execute(tables.FILL_BOXES, [list(column) for column in zip(*BOUNDING_BOXES, strict=True)])

    def close(self) -> None:
        self.connection.close()

    def add_file(self, path: Path, source: str, format_name: str | FileFormat = "", collection: str = "", name: str = "") -> FileFormat:
        """Read a file as the claims of a source and check its records; returns its format.

        `source` may be empty for formats that say who claims each record, for those that have a default source, and for files that state
        their release.
        `format_name` is the format that the user named, or that a map declares, or empty. `collection` keeps the claims, by default one named
        after the source. `name` is the file's name in messages and receipts, by default without its folder. Raises LoadRefused.
        """
        name = name or path.name
        self.on_stage(f"reading {name}")
        number, digest = len(self.result.files), sha256(path)
        self._run(gather.DROP_REJECTS)
        file = open_file(self.connection, path, self.folder, format_name)
        self.sources.append(source or stated_source(file))
        statements = self._statements(name, file, self.sources[-1], number, collection)
        self._create_lookups(statements)
        self._read(name, file, statements)
        self._leave_out(number, statements)
        unreadable = insert_rejects(self.connection, number, name, file)
        ((read, rejected, repeated, sums, blank),) = self._rows(statements.counts())
        self._free_memory(read)
        self._flag(number, statements)
        self.statements.append(statements)
        suspected = protected_rows(self.connection, statements.base, file.format, file.columns, file.header)
        protected = suspected if suspected and suspected.certain else None
        doubts = (suspected.warning,) if suspected and not protected else ()
        self.result.files.append(
            FileSummary(
                name, digest, file.format, read + unreadable, rejected + unreadable, repeated, tuple(file.columns), sums, str(protected or ""),
                pages=file.pages, warnings=(*file.warnings, *doubts), fields_of=columns.fields_of(statements.mapper),
                nameless=bool(statements.row_digests),
                blank=blank + self._rows(gather.COUNT_BLANK_LINES)[0][0],
            )
        )  # fmt: skip
        return protected.withheld(file.format) if protected else file.format

    def _read(self, name: str, file: OpenedFile, statements: ClaimStatements) -> None:
        try:
            self._run(*statements.read(file.records))
            failing = [number for select in statements.failing_checks() for (number,) in self._rows(select)]
            self._run(*statements.reject_records(failing))
            if any(not statements.checks[number].problem for number in failing):
                reject_swallowed(self.connection, statements)
            self._run(*second_headers.of_records(statements, header_of(file)))
        except duckdb.Error as error:
            raise LoadRefused(f"{name}: cannot be read: {duckdb_reason(error)}; nothing was written") from error

    def _leave_out(self, number: int, statements: ClaimStatements) -> None:
        """Leave out the records of a file that make no claims, and flag rows that sum others, or may do so."""
        columns = table_columns(statements)
        rows = SumRows(self.connection, statements.base, columns).find() if columns else []
        self.sum_warnings.append([*sum_warnings(columns.counts, rows)] if columns else [])
        by_kept = {kept: [(row.record, row.label) for row in rows if row.kept == kept] for kept in (False, True)}
        for kept, found in by_kept.items():
            if found:
                insert = flags.INSERT_POSSIBLE_TOTALS if kept else flags.INSERT_SUM_ROWS
                self.connection.execute(insert, [number, *map(list, zip(*found, strict=True))])
        self._run(*statements.leave_out(), flags.of_sum_rows(number))

    def _flag(self, number: int, statements: ClaimStatements) -> None:
        """Flag the records of a file, and its cells."""
        cells, lists = flagged_cells(statements), flagged_lists(statements)
        self._run(*flags.of_records(number, statements.columns, statements.format.sentinels, statements.exhaustive_lookups, cells, lists))

    def _statements(self, name: str, file: OpenedFile, source: str, number: int, collection: str) -> ClaimStatements:
        if not source and any(mapping.source is None for mapping in file.format.records_for(file.columns)):
            raise LoadRefused(f"{name}: {missing_source(file.format)}; nothing was written")
        return ClaimStatements(
            self.kinds, file.format, file.columns, source, number, file.has_raw_record, collection, self.same_rows, file.stores_numbers
        )  # fmt: skip

    def _run(self, *statements: str) -> None:
        for statement in statements:
            self.connection.execute(statement)

    def _free_memory(self, records: int) -> None:
        """After a table of so many records has been made: without a log of changes, DuckDB keeps what it has made in memory until it is told."""
        if records > MANY_RECORDS:
            self._run("checkpoint")

    def _rows(self, statement: str) -> list[Any]:
        return self.connection.execute(statement).fetchall()

    def _create_lookups(self, statements: ClaimStatements) -> None:
        for codes, table in statements.expressions.code_tables.items():
            self.connection.execute(tables.create_codes(table), [list(column) for column in zip(*codes, strict=True)])
        for lookup in statements.lookups:
            columns = [list(column) for column in zip(*lookup.rows, strict=True)]
            self.connection.execute(tables.create_lookup(lookup.name), columns)

    def finish(self) -> Intake:
        """Compare all files with each other; count and list their problems and flagged values. Raises LoadRefused."""
        self.on_stage("comparing")
        self._run(tables.UNORDERED)
        for name in self.kinds:
            self._gather_claims(name)
        self._collect_warnings()
        self._refuse_duplicates()
        self._run(gather.MERGE_PROBLEMS, gather.MERGE_LONG_VALUES)
        self._add_cures()
        self._collect_problems()
        return self.result

    def _gather_claims(self, name: str) -> None:
        """Gather the claims of all files about a kind, and flag them."""
        selects = [
            select
            for statements, file in zip(self.statements, self.result.files, strict=True)
            for select in statements.claims(name, file.rejected + file.repeated + file.sums > 0)
        ]
        if not selects:
            return
        self.kinds_seen.append(name)
        kind = self.kinds[name]
        mappings = [record.mapping for statements in self.statements for record in statements.records]
        has_defaults = any(mapping.otherwise and mapping.kind == name for mapping in mappings)
        records = sum(file.read for file in self.result.files)
        self._run(gather.create_claims(kind, selects, records))
        self._free_memory(records)
        self._run(*flags.of_claims(kind, dt.datetime.now(dt.UTC).year + 1))
        if any(mapping.shared and mapping.kind == name for mapping in mappings):
            self.kinds_shared.add(name)
            self._run(gather.create_wordings_table(kind, has_defaults), flags.of_wordings(kind))

    def _collect_warnings(self) -> None:
        """Say what the claims of tables with tags and of maps lack, so that totals or searches leave them out or count them twice."""
        for number, (file, statements) in enumerate(zip(self.result.files, self.statements, strict=True)):
            lacks = warnings_of_claims(self.connection, self.kinds, self.kinds_seen, file, statements)
            self.result.files[number] = replace(
                file, warnings=(*file.warnings, *lacking_columns(file.format, file.columns), *self.sum_warnings[number], *lacks)
            )
        if missing := self.result.missing:
            last = self.result.files[-1]
            warning = f"this is only a part of what its publisher has ({missing}); load the other pages too, in the same command"
            self.result.files[-1] = replace(last, warnings=(*last.warnings, warning))

    def _refuse_duplicates(self) -> None:
        """Raises LoadRefused if two files make one claim: it would be counted twice."""
        names = [file.file for file in self.result.files]
        for kind in self.kinds_seen if len(names) > 1 else ():
            if duplicates := self._rows(gather.duplicates(self.kinds[kind])):
                lines = [f"{kind} {id}: is claimed in {names[first]} and in {names[last]}" for id, first, last in duplicates]
                raise LoadRefused("\n".join([*lines, "load such files one after the other; nothing was written"]))

    def _add_cures(self) -> None:
        """Say of each problem what to do about it, as far as its value shows that."""
        problems = self._rows(gather.DISTINCT_PROBLEMS.format(limit=MAX_CURES))
        if cures := [(reason, value, text) for reason, value in problems if (text := cure(reason, value))]:
            self.connection.execute(gather.ADD_CURES, [*map(list, zip(*cures, strict=True))])

    def _collect_problems(self) -> None:
        names, result = [file.file for file in self.result.files], self.result
        result.problems = self._rows(gather.COUNT_PROBLEMS)[0][0]
        result.rejections = [Rejection(names[file], *problem) for file, *problem in self._rows(gather.first_problems(MAX_LISTED))]
        result.flags = dict(self._rows(gather.COUNT_FLAGS))
        result.flag_messages = [f"{names[file]}, {line}" for file, line in self._rows(gather.first_flags(MAX_LISTED, MAX_LISTED_PER_FLAG))]

    @property
    def places_claims(self) -> bool:
        """Whether no file says itself where a claim is, so that every locator is one that the reader made."""
        mappings = [record.mapping for statements in self.statements for record in statements.records]
        return all(mapping.source is None and "locator" not in mapping.fields for mapping in mappings)

    def described(self, kind: str, ids: Sequence[str]) -> list[str]:
        """Of these ids of a kind, those that a claim of the files is about. Call it after `finish`."""
        return [row[0] for row in self.connection.execute(gather.described(kind), [ids]).fetchall()] if kind in self.kinds_seen else []

    def write_claims(self, kind: str) -> Path:
        """Write the claims about a kind, of the name `kind`, for PostgreSQL to copy, and count them."""
        path = self.folder / f"{kind}.csv"
        self._run(tables.ONE_THREAD)
        ((self.result.claims[kind],),) = self._rows(gather.copy_claims(self.kinds[kind], path, kind in self.kinds_shared))
        return path

    def write_rejects(self, path: Path) -> None:
        """Write the rejected records to a file, each with all that is wrong with it."""
        self._run(gather.copy_rejects(path, [file.file for file in self.result.files]))
