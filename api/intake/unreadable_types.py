"""Recognizes files that are not tables by their first bytes, never by their names, and says what to do about each."""

from __future__ import annotations

import re

from .unpack import UnpackedFile

EXPORT = "export its table as CSV"
# What to do, and with which files: what they begin with, and what they are.
SIGNATURES: dict[str, dict[bytes, str]] = {
    "find the table that it was made from, or copy the table into a spreadsheet and save it as CSV": {b"%PDF-": "a PDF document"},
    "load the table that it shows": {
        b"\x89PNG": "a picture (PNG)", b"\xff\xd8\xff": "a picture (JPEG)", b"GIF8": "a picture (GIF)", b"II*\0": "a picture (TIFF)",
    },
    "unpack it and load what is inside": {
        b"7z\xbc\xaf\x27\x1c": "an archive (7z)", b"Rar!": "an archive (RAR)", b"\xfd7zXZ\0": "compressed (xz)", b"BZh": "compressed (bzip2)",
        b"\x28\xb5\x2f\xfd": "compressed (Zstandard)",
    },
    EXPORT: {
        b"{\\rtf": "a document in rich text", b"SQLite format 3\0": "a database (SQLite or GeoPackage)", b"\x89HDF": "an HDF5 file",
        b"$FL": "a file of SPSS", b"<stata_dta>": "a file of Stata",
    },
    "write it as Parquet or CSV": {b"ARROW1": "an Arrow or Feather file", b"FEA1": "a Feather file", b"Obj\x01": "an Avro file", b"ORC": "an ORC file"},
    "write the table in R with write.csv(table, file, row.names = FALSE, na = '')": {b"RDX": "a file of R", b"X\n\0\0\0": "a file of R"},
    "load a table": {b"PK\x05\x06": "an archive without a file", b"\x7fELF": "a program", b"MZ": "a program"},
    "export the shapefile as GeoJSON": {b"\0\0\x27\x0a": "a part of a shapefile"},
    "run git lfs pull, and load the file itself": {b"version https://git-lfs": "only a pointer to a file in Git LFS"},
}  # fmt: skip
TEXTS: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (
        re.compile(rb"\s*<(!doctype\s+html|html)", re.IGNORECASE), "a web page (HTML)",
        "the address that it came from may have asked to log in or to accept terms; download the file itself",
    ),
    (
        re.compile(rb"\s*<(table|body|head|div|style)\b", re.IGNORECASE), "a part of a web page (HTML)",
        "write the table with to_csv instead of to_html, or copy it into a spreadsheet and save it as CSV",
    ),
    (re.compile(rb"\s*<\?xml|\s*<\w+[^>]*\sxmlns="), "XML", EXPORT),
)  # fmt: skip
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def refuse_foreign(file: UnpackedFile) -> None:
    """Raises LoadRefused for a file that is something else than a table."""
    for cure, kinds in SIGNATURES.items():
        for beginning, what in kinds.items():
            if file.start.startswith(beginning) and (len(beginning) > 2 or b"\0" in file.start[:256]):
                raise file.refusal(f"is {what}; {cure}")
    for pattern, what, cure in TEXTS:
        if pattern.match(file.start.removeprefix(b"\xef\xbb\xbf")):
            raise file.refusal(f"is {what}; {cure}")
    if file.start.startswith(OLE):
        if ENCRYPTED in file.path.read_bytes()[: 1 << 24]:
            raise file.refusal("is a workbook or a document with a password; save it without one")
        raise file.refusal("is an old file of Microsoft Office, such as an XLS workbook; save it as XLSX or CSV")
    controls = sum(byte < 9 or 13 < byte < 27 for byte in file.start)
    if not file.start.startswith(b"PAR1") and controls > max(8, len(file.start) // 20) and not _is_utf_16(file.start):
        raise file.refusal("is a binary file of a sort that is not known here; load CSV, JSON, GeoJSON, XLSX or Parquet")


def _is_utf_16(start: bytes) -> bool:
    """Whether every second byte of a text is zero, as in UTF-16 of Latin letters."""
    return (
        max(start[::2].count(0), start[1::2].count(0)) > len(start) // 4
        and min(start[::2].count(0), start[1::2].count(0)) < len(start) // 50
    )
