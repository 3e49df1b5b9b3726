"""Removes the gzip or zip around a file and refuses text that PostgreSQL cannot store."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import re
import shutil
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ..errors import LoadRefused
from .places import LINES, Places

SAMPLE_BYTES = 1 << 18  # Bytes at the start of a file from which its content is recognized.
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"  # What such files begin with.
BY_SYSTEMS = re.compile(r"/$|^__MACOSX/|(^|/)(\._[^/]*|\.DS_Store|Thumbs\.db|desktop\.ini)$")  # What systems add to an archive.
# What publishers add to a table: documents, and texts that are called so. A table beside them is the one that is meant.
NO_TABLES = re.compile(
    r"[.](pdf|docx?|odt|rtf|md|html?|png|jpe?g|xsd)$|(^|/)[^/]*(read[ _-]?me|licen[cs]e|copying|changelog|citation|terms)[^/]*([.]txt)?$",
    re.IGNORECASE,
)
SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"  # What an ODS says it is.
# What archives of these programs have in them.
PACKED: tuple[tuple[str, str, str], ...] = (
    (r"word/document\.xml", "a document of Word", "copy its table into a spreadsheet and save it as CSV"),
    (r"ppt/presentation\.xml", "a presentation", "copy its table into a spreadsheet and save it as CSV"),
    (r"xl/workbook\.bin", "a binary workbook (XLSB)", "save it as XLSX or CSV"),
    (r"content\.xml", "an OpenDocument file that is no spreadsheet", "copy its table into a spreadsheet and save it as CSV"),
    (r".*\.kml", "a map (KMZ)", "export it as GeoJSON"),
    (r".*\.shp", "a shapefile", "export it as GeoJSON or CSV"),
)
BLOCK_BYTES = 1 << 20  # Bytes read at once.
# A file of an archive may be this large in any case, and beyond that this many times as large as its archive. Tables are up to 30 times as large.
MIN_UNPACKED_BYTES, MAX_RATIO = 1 << 28, 100


@dataclass
class UnpackedFile:
    """A file without compression: its path, its name in messages, and the first bytes of it.

    A compressed file is unpacked into the folder of the load; its name then tells where it came from, such as `a.zip/events.csv`.
    `places` names the rows of a table that is made of records or of a sheet.
    """

    path: Path
    name: str
    places: Places = LINES
    start: bytes = field(init=False)

    def __post_init__(self) -> None:
        with self.path.open("rb") as file:
            self.start = file.read(SAMPLE_BYTES)

    def refusal(self, problem: str) -> LoadRefused:
        return LoadRefused(f"{self.name}: {problem}; nothing was written")


def new_path(folder: Path, stem: str, suffix: str = "") -> Path:
    """The path of a file that is not in the folder yet."""
    return folder / f"{stem}-{len(list(folder.iterdir()))}{suffix}"


def unpack(file: UnpackedFile, folder: Path, packed: int = 0) -> UnpackedFile:
    """The file without the gzip or zip around it; a workbook, which is a zip too, is returned unchanged. `packed`: the bytes of the outermost archive.

    Raises LoadRefused for an archive that is damaged, has a password, contains several files, or would fill the disk.
    """
    packed = packed or file.path.stat().st_size
    limit = max(MIN_UNPACKED_BYTES, MAX_RATIO * packed)
    try:
        if file.start.startswith(GZIP):
            with gzip.open(file.path) as content:
                return unpack(_copy(content, folder, Path(file.name).stem, limit), folder, packed)
        if file.start.startswith(ZIP):
            with zipfile.ZipFile(file.path) as archive:
                names = [name for name in archive.namelist() if not BY_SYSTEMS.search(name)]
                if "xl/workbook.xml" in names or SPREADSHEET in _mimetype(archive, names):
                    return file
                if other := of_another_program(names):
                    raise file.refusal(other)
                if not names:
                    raise file.refusal("is an archive without a file")
                tables = [name for name in names if not NO_TABLES.search(name)] or names
                if len(tables) != 1:
                    raise file.refusal(
                        f"is an archive of {len(names)} files: {', '.join(names[:5])}{', …' if len(names) > 5 else ''}; unpack it and load the tables"
                    )
                with archive.open(tables[0]) as content:
                    return unpack(_copy(content, folder, f"{file.name}/{tables[0]}", limit), folder, packed)
        if file.start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return _as_utf_8(file, folder)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:  # RuntimeError: the archive has a password.
        raise file.refusal(f"cannot be unpacked: {error}") from error
    return file


def _mimetype(archive: zipfile.ZipFile, names: Collection[str]) -> bytes:
    return (
        archive.read("mimetype") if {"mimetype", "content.xml"} <= {*names} and archive.getinfo("mimetype").file_size < BLOCK_BYTES else b""
    )


def of_another_program(names: Collection[str]) -> str:
    """What an archive is that a program other than a spreadsheet wrote, with the cure, by the names in it; empty if it is none."""
    return next((f"is {what}; {cure}" for pattern, what, cure in PACKED if any(re.fullmatch(pattern, name) for name in names)), "")


def _as_utf_8(file: UnpackedFile, folder: Path) -> UnpackedFile:
    """A text in UTF-16, which its byte order mark states, as UTF-8. Raises LoadRefused."""
    path = new_path(folder, "utf-8")
    try:
        with file.path.open(encoding="utf-16", newline="") as text, path.open("w", encoding="utf-8", newline="") as copy:
            shutil.copyfileobj(text, copy, BLOCK_BYTES)
    except UnicodeError as error:
        raise file.refusal(f"begins as UTF-16 but is not: {error}") from error
    return UnpackedFile(path, file.name)


def _copy(content: IO[bytes] | gzip.GzipFile, folder: Path, name: str, limit: int) -> UnpackedFile:
    """An unpacked copy. Raises LoadRefused once it has more than `limit` bytes: an archive says itself how large its files are, and need not be right."""
    path, size = new_path(folder, "unpacked"), 0
    with path.open("wb") as copy:
        while block := content.read(BLOCK_BYTES):
            size += len(block)
            if size > limit:
                raise LoadRefused(
                    f"{name}: is larger than {limit >> 20} MB and than {MAX_RATIO} times its archive, as no table is; unpack it and load the table itself; "
                    "nothing was written"
                )
            copy.write(block)
    return UnpackedFile(path, name)


def refuse_other_encodings(file: UnpackedFile, size: int | None = None) -> None:
    """Refuse a text that is not UTF-8, within its first `size` bytes. Raises LoadRefused with the line and the likely encoding."""
    decoder, line, read = codecs.getincrementaldecoder("utf-8")(), 1, 0
    with file.path.open("rb") as text:
        while True:
            block = text.read(BLOCK_BYTES if size is None else min(BLOCK_BYTES, size - read))
            read += len(block)
            try:
                decoder.decode(block, final=not block and read != size)
            except UnicodeDecodeError as error:
                content: bytes = error.object
                line += content.count(b"\n", 0, error.start)
                raise file.refusal(f"line {line} {not_utf8(content[error.start])}") from error
            line += block.count(b"\n")
            if not block:
                return


def not_utf8(byte: int) -> str:
    """What is wrong with a text that has this byte where UTF-8 cannot have it."""
    return f"has the byte {byte:#04x}, which is not UTF-8; the file may be ISO 8859-1 (Latin-1), or Windows-1252, 1251 (Cyrillic) or 1256 (Arabic): convert it to UTF-8"


def half_character(file: UnpackedFile) -> LoadRefused:
    return file.refusal(r"contains half a character, such as JSON's \ud83d without its other half; write the character itself")


def refuse_nul(nul: re.Pattern[bytes], file: UnpackedFile) -> None:
    """Refuse a text that contains the NUL character, which PostgreSQL cannot store. Raises LoadRefused with the line.

    `nul` matches the character as this sort of file may write it.
    """
    line, tail = 1, b""
    with file.path.open("rb") as text:
        while block := text.read(BLOCK_BYTES):
            window = tail + block
            if match := nul.search(window):
                line += window.count(b"\n", 0, match.start())
                raise file.refusal(
                    f"line {line} contains a NUL character, which PostgreSQL cannot store; remove it, or, if the file is UTF-16, save it as UTF-8"
                )
            tail = window[-64:]  # An escape may lie across two blocks.
            line += window.count(b"\n") - tail.count(b"\n")


def sha256(path: Path) -> str:
    """The SHA-256 digest of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
