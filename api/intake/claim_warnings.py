"""What the claims of a table of one's own lack, so that totals or searches leave them out: days, a basis, or any number at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import duckdb

from schema.formats.maps import MapFormat, of_own_table
from schema.model.kind import Kind

from ..sql.duckdb import merge_files as gather
from ..sql.duckdb import warnings
from ..sql.duckdb.claims import ClaimStatements
from ..sql.duckdb.columns import fields_of
from .result import FileSummary

MAX_NAMED = 5  # Columns that a warning names.
ORIGINAL = "original"


def warnings_of_claims(
    connection: duckdb.DuckDBPyConnection, kinds: Mapping[str, Kind], seen: Sequence[str], file: FileSummary, statements: ClaimStatements
) -> Iterator[str]:
    """Warnings about the claims of a file; `seen` are the kinds that any file makes claims about. Of the tables of publishers, only what is called by numbers."""
    for kind in (kind for kind in kinds.values() if kind.name in seen and kind.label):
        ((count, example),) = connection.execute(warnings.called_by_numbers(kind, statements.file)).fetchall()
        if count:
            which = (
                f"1 {kind.name} is called by a number, {example}"
                if count == 1
                else f"{count:,} {kind.plural} are called by numbers, such as {example}"
            )
            yield f"{which}: the file has no {kind.label} there; if another file has it, load that one, or add the column"
    if not of_own_table(statements.format):
        return
    for one, several, select in warnings.of_claims([kind for kind in kinds.values() if kind.name in seen], statements.file):
        if count := _number(connection, select):
            yield one if count == 1 else several.format(count)
    for kind in (kind for kind in kinds.values() if kind.quantities):
        made = kind.name in seen and _number(connection, gather.count_claims(kind, statements.file))
        if not made and file.read > file.rejected and not (isinstance(statements.format, MapFormat) and statements.format.without_numbers):
            yield from _without_numbers(connection, kind, statements)


def _number(connection: duckdb.DuckDBPyConnection, select: str) -> int:
    return int(connection.execute(select).fetchall()[0][0])


def _without_numbers(connection: duckdb.DuckDBPyConnection, kind: Kind, statements: ClaimStatements) -> Iterator[str]:
    """That a file makes no claim about a kind whose point is a number: a map that forgot its counts loads events alone, and nothing looks wrong."""
    columns = fields_of(statements.mapper)
    assert kind.quantities is not None
    counts = [name for name, fields in columns.items() if {*fields} & {f"{kind.name}.{number}" for number in kind.quantities.numbers}]
    if counts:
        yield f"no record has a number in {_named(counts)}, so the file gives no {kind.name}: is a cell empty that should have one?"
    elif isinstance(statements.format, MapFormat):
        numeric = connection.execute(warnings.only_numbers(statements.base, statements.columns)).fetchall()
        free = [name for (name,) in numeric if {*columns[name]} <= {ORIGINAL}]
        which = f" (these have only numbers: {_named(free)})" if free else ""
        yield (
            f"no column becomes a number, so the file gives no {kind.name}; if a column counts something{which}, let it become a number, as in "
            f"`{free[0] if free else 'Killed'}: killed.best`, and say under `{kind.plural}` what is counted; if none does, write `{kind.plural}: {{}}`"
        )


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:MAX_NAMED]) + (f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else "")
