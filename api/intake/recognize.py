"""Which format a file is of, by what it holds: never by its name or the number of its columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schema.codelists.vocabularies import suggestion
from schema.formats import FORMATS
from schema.formats.format import FileFormat

from ..errors import LoadRefused


@dataclass(frozen=True)
class Recognised:
    """A format, the names of the file's columns, and how many rows stand above its first record."""

    format: FileFormat
    columns: list[str]
    above: int


def recognize(refused: Callable[[str], LoadRefused], asked: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Recognised:
    """The one format that knows a file. Raises what `refused` makes where none does, or more than one."""
    formats = [_asked(asked, refused)] if asked else list(FORMATS)
    found = [one for one in formats if one.recognizes(header)]
    special = [one for one in found if not one.generic] or found
    if len(special) == 1:
        if lacking := special[0].refusal(header):
            raise refused(f"is of the format {special[0].name}, which {lacking}")
        tagged = len(rows) > 1 and _is_tags(rows[1])
        return Recognised(special[0], list(header), 2 if tagged else 1)
    if special:
        raise refused(f"may be of the formats {', '.join(one.name for one in special)}; say which, with --format")
    for one in formats:
        for layout in one.layouts:
            headed = set(layout) & set(header)  # One of the rows may be damaged, but a header is no such row.
            if not headed and 2 * sum(one.fits_layout(layout, row) for row in rows) > len(rows):
                return Recognised(one, list(layout), 0)
    raise refused(_unknown(formats, header))


def _asked(name: str, refused: Callable[[str], LoadRefused]) -> FileFormat:
    by_name = {one.name: one for one in FORMATS}
    if name not in by_name:
        raise refused(f"there is no format {name}; {suggestion(name, by_name)}")
    return by_name[name]


def _is_tags(row: Sequence[str]) -> bool:
    """Whether a row holds HXL tags rather than values."""
    said = [cell for cell in row if cell.strip()]
    return bool(said) and all(cell.strip().startswith("#") for cell in said)


def _unknown(formats: Sequence[FileFormat], header: Sequence[str]) -> str:
    """Which format comes nearest, and what it misses."""
    there = set(header)
    for one in formats:
        if len(formats) == 1 and one.unexpected_columns(header):
            return f"is not of the format {one.name}, which has no column {', '.join(one.unexpected_columns(header)[:8])}"
    lacking = {
        one.name: [names.names[0] for names in one.needs if not there & set(names.names)]
        for one in formats
        if one.needs and not one.unexpected_columns(header)
    }
    if not lacking:
        return "has no HXL tags, neither in a row nor as keys; each of them is a word like #affected+killed"
    name, missing = min(lacking.items(), key=lambda pair: len(pair[1]) / max(1, len(next(f for f in formats if f.name == pair[0]).needs)))
    return f"is of no known format (`conflict-facts formats` lists them), and has no row of HXL tags; nearest is {name}, which also has {', '.join(missing[:8])}"
