"""Finds the format of a file from its columns and values, never from its name or the number of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from schema.codelists.vocabularies import suggestion
from schema.formats import FORMATS
from schema.formats.format import FileFormat
from schema.formats.maps import MapFormat

from ..sql.duckdb import scan
from .header_rows import has_two_headers, joined_headers
from .places import Places
from .titles import evenness, title_rows
from .unpack import UnpackedFile, refuse_other_encodings

MAX_COLUMNS_LISTED = 8


@dataclass(frozen=True)
class Recognized:
    """A format, the names of the file's columns, and the number of rows above its first record."""

    format: FileFormat
    columns: list[str]
    rows_above: int
    titles: int = 0  # Of these, the rows above the header.
    header_rows: int = 1


def recognize(file: UnpackedFile, format_name: str | FileFormat, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Recognized:
    """The one format that a file has; `format_name` is the format that the user named, or that a map declares, or empty.

    Raises LoadRefused if the file has none of the formats, or more than one.
    """
    if isinstance(format_name, MapFormat):
        return _fitted(file, format_name, header, rows)
    formats = [_named(format_name, file)] if format_name else list(FORMATS)
    matches = [format for format in formats if format.recognizes(header)]
    specific = [format for format in matches if not format.generic] or matches
    if len(specific) == 1:
        if problem := specific[0].refusal(header):
            raise file.refusal(f"is in the format {specific[0].name}, which {problem}")
        return Recognized(specific[0], list(header), 2 if len(rows) > 1 and _has_tags(rows[1]) else 1)
    if specific:
        raise file.refusal(f"matches several formats: {', '.join(format.name for format in specific)}; choose one with --format")
    spellings = [(format, format.spelled(header)) for format in formats]
    if len(respelled := [(format, names) for format, names in spellings if names != [*header] and format.recognizes(names)]) == 1:
        return recognize(file, respelled[0][0].name, respelled[0][1], rows)
    for format in formats:
        for layout in format.layouts:
            is_header = bool(set(layout) & set(header))
            # A row may be damaged, so most rows have to fit, not all.
            if not is_header and 2 * sum(format.fits_layout(layout, row) for row in rows) > len(rows):
                return Recognized(format, list(layout), 0)
    if any("\ufffd" in name for name in header):  # What is no UTF-8 is no name that any format has.
        refuse_other_encodings(file, len(file.start))
    raise file.refusal(_unknown(formats, header, file.places))


def _fitted(file: UnpackedFile, format: MapFormat, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Recognized:
    """The columns of a file that a map describes. Raises LoadRefused if the map does not fit the file."""
    if format.header and rows:
        if wrong := next((len(row) for row in rows if len(row) != len(format.header)), 0):
            raise file.refusal(
                f"has rows of {wrong} cells, but the header that the map {format.name} gives has {len(format.header)} columns"
            )
        has_header = [cell.strip() for cell in rows[0]] == [*format.header]
        return Recognized(format, list(format.header), int(has_header))
    titles = 0 if format.needs or file.places.names else title_rows(rows)
    header_rows = format.header_rows or (2 if has_two_headers(rows[titles:]) else 1)
    if file.places.names:  # Keys are names of columns already.
        header_rows = 1
    candidates = [format.spelled(names) for names in joined_headers(rows[titles:], header_rows)] or [format.spelled(header)]
    number, columns = max(enumerate(candidates), key=lambda numbered: _needs_met(format, numbered[1]))
    _refuse_unfit(file, format, columns, rows)
    titles += number
    above = titles + header_rows
    has_tags = above < len(rows) and _has_tags(rows[above])
    return Recognized(replace(format, header_rows=header_rows), columns, above + has_tags, titles, header_rows)


def fit(format: MapFormat, rows: Sequence[Sequence[str]]) -> int:
    """How well the first rows of a table, as one delimiter reads them, fit a map: how many of its columns they have; of a map that needs none, how even they are."""
    if not format.needs:
        return 0 if format.header else evenness(rows)
    return max((_needs_met(format, format.spelled(names)) for names in joined_headers(rows, format.header_rows or 1)), default=0)


def _needs_met(format: MapFormat, names: Sequence[str]) -> int:
    return len({column.names[0] for column in format.needs} & {*names})


def _refuse_unfit(file: UnpackedFile, format: MapFormat, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Raises LoadRefused if these columns lack one that the map reads, or have one that it makes."""
    if missing := [column.names[0] for column in format.needs if column.names[0] not in columns]:
        needed = {column.names[0] for column in format.needs}
        others = [name for name in columns if name and name not in needed] or [name for name in columns if name]
        several = format.header_rows == 1 and has_two_headers(rows)
        hint = f"; if its header has two rows, as {' and '.join(map(_listed, rows[:2]))}, the map says `header_rows: 2`" if several else ""
        if not format.header and rows and all(any(character.isdigit() for character in row[0]) for row in rows if row and row[0]):
            hint += "; if its first row is a record, since its rows have no names, the map says `header:` with the names of the columns"
        raise file.refusal(
            f"lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}, which the map {format.name} reads; {suggestion(missing[0], [' '.join(name.split()) for name in others])}{hint}; "
            "if files may lack a column, the map says `optional: true` beside it"
        )
    if format.wide:
        if not format.wide.columns(columns):
            raise file.refusal(f"has no column {' or '.join(format.wide.patterns)}, whose cells the map {format.name} reads (`wide`)")
        if taken := {format.wide.names, format.wide.values} & {*columns} or {
            name for name in (format.wide.names, format.wide.values) if scan.RESERVED_NAMES.fullmatch(name)
        }:
            raise file.refusal(
                f"cannot have a further column {min(taken)}, as the map {format.name} says under `wide`; choose another name in the map"
            )


def _listed(row: Sequence[str]) -> str:
    return ",".join(cell.strip()[:20] for cell in row[:MAX_COLUMNS_LISTED])


def _named(name: str | FileFormat, file: UnpackedFile) -> FileFormat:
    if isinstance(name, FileFormat):
        return name
    by_name = {format.name: format for format in FORMATS}
    if name not in by_name:
        raise file.refusal(f"there is no format {name}; {suggestion(name, by_name)}")
    return by_name[name]


def _has_tags(row: Sequence[str]) -> bool:
    """Whether a row has HXL tags instead of values."""
    cells = [cell.strip() for cell in row if cell.strip()]
    return bool(cells) and all(cell.startswith("#") for cell in cells)


def _unknown(formats: Sequence[FileFormat], header: Sequence[str], places: Places) -> str:
    """Say which format is the nearest and which columns the file lacks for it."""
    if len(formats) == 1 and (surplus := formats[0].unexpected_columns(header)):
        return f"is not in the format {formats[0].name}, which has no column {', '.join(surplus[:MAX_COLUMNS_LISTED])}"
    candidates = [format for format in formats if format.needs and not format.unexpected_columns(header)]
    if not candidates:
        return "has no HXL tags, neither in a row nor as keys; a tag is a word such as #affected+killed"
    missing = {format.name: [column.names[0] for column in format.needs if not {*header} & {*column.names}] for format in candidates}
    closest = min(candidates, key=lambda format: len(missing[format.name]) / max(1, len(format.needs)))
    names = missing[closest.name]
    listed = ", ".join(names[:MAX_COLUMNS_LISTED]) + (", …" if len(names) > MAX_COLUMNS_LISTED else "")
    columns = "column" if len(names) == 1 else "columns"
    # A table that has not even half of what a format needs is not near to it.
    lacking = (
        f"to be read as {closest.name}, it lacks the {columns} {listed}"
        if 2 * len(names) <= len(closest.needs)
        else _header_words(header, places)
    )
    return (
        f"is in no known format (`conflict-facts formats` lists them); {lacking}. "
        f"If it is a table of your own, say what its columns become: `conflict-facts map FILE` drafts a map, and `load FILE --map MAP` reads the table by it"
    )


def _header_words(header: Sequence[str], places: Places) -> str:
    named = [name for name in header if name][:MAX_COLUMNS_LISTED]
    return f"{places.header} {', '.join(name[:40] for name in named) or 'nothing'}{places.cure}"
