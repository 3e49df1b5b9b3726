"""Whether a file is a table with HXL tags, and what refuses one; workbooks and JSON with tags become CSV, for DuckDB to read like any other."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from schema.formats import HXL

from ..sql.duckdb import scan

if TYPE_CHECKING:
    from .hxl import TagRow
    from .unpack import Unpacked

# hashtags is imported where it is needed: libhxl takes a third of a second to import, and most files have no tags.


class Row(Protocol):
    """A row as it was read: its cells, the line it ends on, and what is between its cells."""

    @property
    def cells(self) -> list[str]: ...
    @property
    def end(self) -> int: ...
    @property
    def delimiter(self) -> str: ...


def rows_of_tags(file: Unpacked, readings: Iterable[Sequence[Row]]) -> tuple[TagRow, Sequence[Row]] | None:
    """The row of tags, among the first rows as they are read with one delimiter or another; by the one that finds most tags."""
    if b"#" not in file.start:
        return None
    from .hxl import tag_row  # noqa: PLC0415

    found = [(tags, rows) for rows in readings if (tags := tag_row([row.cells for row in rows]))]
    return max(found, key=lambda pair: pair[0].tags, default=None)


def columns(file: Unpacked, tags: TagRow) -> list[str]:
    """The columns of a table with tags. Raises LoadRefused where one could be misread, or none says anything that is a fact of ours."""
    _utf8(file)
    if tags.malformed:
        none = ", ".join(map(repr, tags.malformed))
        raise file.refused(f"row {tags.above} is one of HXL tags, but not throughout: {none} are none; mend or empty them")
    found = scan.distinct(tags.columns)
    if lacking := HXL.refusal(found):
        raise file.refused(lacking)
    return found


def records(file: Unpacked, folder: Path, tags: TagRow, rows: Sequence[Row]) -> tuple[Path, int]:
    """The records, with as many empty lines as stood above them: a quotation mark too many in a header would swallow what follows it."""
    path, above = folder / f"records-{len(list(folder.iterdir()))}", rows[tags.above - 1].end
    lines = list(
        itertools.islice(io.StringIO(file.start.decode("utf-8", errors="replace"), newline=""), rows[min(tags.above, len(rows) - 1)].end)
    )
    end = b"\r\n" if lines[-1].endswith("\r\n") else b"\n"  # As records end: the first line sets it for all.
    with file.path.open("rb") as whole, path.open("wb") as copy:
        whole.seek(sum(len(line.encode()) for line in lines[:above]))
        copy.write(end * above)
        shutil.copyfileobj(whole, copy, 1 << 20)
    return path, above


def untagged(file: Unpacked, rows: Sequence[Row], asked: bool) -> str:
    """What is to be said of a file that nobody knows and that has no tags; empty where that is nothing."""
    from .hxl import missing_hash_signs  # noqa: PLC0415

    missing = "has no row of HXL tags among its first rows; each of them is a word like #affected+killed" if asked else ""
    return missing_hash_signs([row.cells for row in rows]) or missing


def _utf8(file: Unpacked) -> None:
    """Refuse what is no UTF-8, with what it may be."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(file.start)
    except UnicodeDecodeError as error:
        encoding = "UTF-16" if file.start[:2] in (b"\xff\xfe", b"\xfe\xff") else "ISO 8859-1 (Latin-1) or Windows-1252"
        line, byte = file.start[: error.start].count(b"\n") + 1, file.start[error.start]
        raise file.refused(f"is not UTF-8: line {line} has the byte {byte:#04x}; it may be {encoding}. Convert it to UTF-8") from error


def sheet(file: Unpacked, folder: Path, unpacked: Callable[[Path, str], Unpacked]) -> Unpacked:
    """The rows of a workbook."""
    from .hxl import workbook  # noqa: PLC0415

    return unpacked(_written(workbook(file.path, file.refused), file, folder), file.named)


def json_rows(file: Unpacked, folder: Path, unpacked: Callable[[Path, str], Unpacked]) -> Unpacked | None:
    """The rows of JSON that has HXL tags for keys, or in a row; none of other JSON."""
    if b"#" not in file.start:
        return None
    from .hxl import LOOKS, table  # noqa: PLC0415

    rows = table(file.path, file.refused) if LOOKS.search(file.start) else None
    return None if rows is None else unpacked(_written(rows, file, folder), file.named)


def _written(rows: Iterable[Sequence[str]], file: Unpacked, folder: Path) -> Path:
    path = folder / f"rows-{len(list(folder.iterdir()))}"
    try:
        with path.open("w", encoding="utf-8", newline="") as copy:
            csv.writer(copy, lineterminator="\n").writerows(rows)
    except UnicodeEncodeError as error:
        raise file.refused(r"holds half a character, as JSON's \ud83d without its other half") from error
    return path
