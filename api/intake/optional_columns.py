"""Says which optional columns of a map a file lacks: a column that was renamed says nothing any more, and no row is rejected for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.codelists.vocabularies import nearest
from schema.formats.format import FileFormat
from schema.formats.maps import MapFormat


def renamed_columns(format: FileFormat, columns: Sequence[str]) -> Iterator[str]:
    """A warning for each optional column that the file lacks, if it has a similar one that the map does not name."""
    others = [name for name in columns if name not in _declared(format)]
    for name in missing_columns(format, columns):
        if close := nearest(name, others):
            yield f"the file lacks the column {name}, which the map reads; did you mean {', '.join(close)}? Name it in the map, since what it says is not read"


def missing_columns(format: FileFormat, columns: Sequence[str]) -> list[str]:
    """The columns that a map names and a file lacks; all of them are optional."""
    made = {format.wide.names, format.wide.values} if isinstance(format, MapFormat) and format.wide else set[str]()
    return [name for name in _declared(format) if name not in columns and name not in made]


def _declared(format: FileFormat) -> tuple[str, ...]:
    return format.declared if isinstance(format, MapFormat) else ()
