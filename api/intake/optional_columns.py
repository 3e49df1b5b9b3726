"""Says which columns a file lacks that a map or a format reads: a column that was renamed says nothing any more, and no row is rejected for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.codelists.vocabularies import nearest
from schema.formats.expressions import Column, Concat, Constant, Digest, Expression, FirstKnown, ItemIds, Remainder
from schema.formats.format import FileFormat
from schema.formats.maps import MapFormat


def lacking_columns(format: FileFormat, columns: Sequence[str]) -> Iterator[str]:
    """A warning for each optional column that the file lacks, if it has a similar one that the map does not name; and for columns that all files of a format have."""
    if absent := absent_columns(format, columns):
        listed, several = ", ".join(absent), len(absent) > 1
        yield f"the file lacks the column{'s' * several} {listed}, which {format.name} reads: what {'they say' if several else 'it says'} is unknown of every record"
    others = [name for name in columns if name not in _declared(format)]
    for name in missing_columns(format, columns):
        if close := nearest(name, others):
            yield f"the file lacks the column {name}, which the map reads; did you mean {', '.join(close)}? Name it in the map, since what it says is not read"


def absent_columns(format: FileFormat, columns: Sequence[str]) -> list[str]:
    """The columns that fields of a publisher's table are made of, of which the file has neither these nor others in their place."""
    if format.generic or format.container != "table" or callable(format.records) or isinstance(format, MapFormat):
        return []
    mappings = [mapping for mapping in format.records if mapping.source is None]  # A table of claims may have any of its columns.
    absent = dict.fromkeys(name for mapping in mappings for value in mapping.fields.values() for name in _absent(value, {*columns}))
    return [name for name in absent if name not in format.optional]


def _absent(expression: Expression, columns: set[str]) -> list[str]:
    """The columns that an expression needs and the file lacks."""
    if isinstance(expression, Column):
        return [] if columns & {*expression.names} else [expression.names[0]]
    if isinstance(expression, (Digest, ItemIds, Remainder)):  # Made of whatever is known.
        return []
    parts = [_absent(part, columns) for part in expression.operands() if not isinstance(part, Constant)]
    if isinstance(expression, FirstKnown) or (isinstance(expression, Concat) and expression.lenient):
        parts = [] if [] in parts else parts
    return [name for part in parts for name in part]


def missing_columns(format: FileFormat, columns: Sequence[str]) -> list[str]:
    """The columns that a map names and a file lacks; all of them are optional."""
    made = {format.wide.names, format.wide.values} if isinstance(format, MapFormat) and format.wide else set[str]()
    return [name for name in _declared(format) if name not in columns and name not in made]


def _declared(format: FileFormat) -> tuple[str, ...]:
    return format.declared if isinstance(format, MapFormat) else ()
