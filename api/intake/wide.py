"""Reads tables whose columns are values, such as one for each year, by what a map says of them: each of their cells becomes a record."""

from __future__ import annotations

from dataclasses import replace

from schema.formats.maps import MapFormat

from ..sql.duckdb import scan
from ..sql.duckdb.wide import unpivoted
from .open_table import OpenedFile


def with_rows_of_cells(file: OpenedFile) -> OpenedFile:
    """The file with a record for each cell of the columns that its map calls wide; unchanged if there are none.

    `header` keeps the names of these columns, by which data that may not be redistributed is recognized.
    """
    wide = file.format.wide if isinstance(file.format, MapFormat) else None
    if wide is None:
        return file
    cells = wide.columns(file.columns)
    columns = scan.distinct_names([*(name for name in file.columns if name not in cells), wide.names, wide.values])
    records = unpivoted(file.records, file.columns, cells, wide.names, wide.values)
    return replace(file, columns=columns, records=records, header=(*file.header, *cells), columns_in_file=tuple(file.columns))
