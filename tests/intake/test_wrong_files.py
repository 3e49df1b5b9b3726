"""Forty files that are no table, damaged, or not what they seem: each message names the file, says what is wrong and where, and what to do."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import pytest

from api.errors import LoadRefused

from ..support.mapped_claims import claims, opened

ROOT = Path(__file__).parents[2]
GED = (ROOT / "tests/data/cases/04-sep-line.csv").read_bytes().partition(b"\n")[2]
HEADER = GED.partition(b"\n")[0]


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return packed.getvalue()


def workbook() -> bytes:
    packed = io.BytesIO()
    openpyxl.Workbook().save(packed)
    return packed.getvalue()


def parquet(folder: Path) -> bytes:
    duckdb.sql(f"copy (select 1 as a) to '{folder}/x.parquet'")
    return (folder / "x.parquet").read_bytes()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)
WRONG: dict[str, tuple[bytes | Callable[[Path], bytes], str]] = {
    "nothing": (b"", "is empty"),
    "white space": (b"\xef\xbb\xbf \r\n\r\n\t", "is empty"),
    "licence": ((ROOT / "LICENSE").read_bytes(), "is a text without columns, which begins 'MIT License'"),
    "readme": (b"# About\n\nThese are the figures of a project, for everybody.\nThey are free to use.\n\nWrite to us with questions.\n", "is a text without columns"),
    "terms whose lines have as many words": (b"Terms of our project\n\nYou are free to share.\n", "is a text without columns, which begins 'Terms of our project'"),
    "title above": (b"Figures of a project\n\n" + GED, r"has its header in row [23] \(it is that of ucdp-ged\); delete the rows above it"),
    "title in a row of cells": (b"Figures of a project" + b"," * HEADER.count(b",") + b"\n" + GED, r"has its header in row 2 \(it is that of ucdp-ged\); delete"),
    "title with commas": (b"Figures, of a project\nfor everybody\n" + GED.replace(b",", b";"), r"has its header in row 3 \(it is that of ucdp-ged\); delete"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "is a PDF document; find the table that it was made from"),
    "table of pandas": (b'<table border="1" class="dataframe">\n<tr><td>1</td></tr></table>', r"is a part of a web page \(HTML\); write the table with to_csv"),
    "web page": (b"<!DOCTYPE html>\n<html><body>Log in</body></html>", r"is a web page \(HTML\); .* download the file itself"),
    "XML": (b'<?xml version="1.0"?><rows/>', "is XML; export its table as CSV"),
    "KML": (b'<kml xmlns="http://www.opengis.net/kml/2.2"></kml>', "is XML; export"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(200)), r"is a picture \(PNG\); load the table that it shows"),
    "random bytes": (bytes((n * 7919) % 256 for n in range(5000)), "is a binary file of a sort that is not known here; load CSV"),
    "program": (b"\x7fELF\x02\x01" + bytes(300), "is a program"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(60), r"is an archive \(7z\); unpack it"),
    "RAR": (b"Rar!\x1a\x07" + bytes(60), r"is an archive \(RAR\); unpack it"),
    "xz": (b"\xfd7zXZ\0" + bytes(60), r"is compressed \(xz\); unpack it"),
    "Zstandard": (b"\x28\xb5\x2f\xfd" + bytes(60), r"is compressed \(Zstandard\); unpack it"),
    "SQLite": (b"SQLite format 3\0" + bytes(90), r"is a database \(SQLite or GeoPackage\); export its table"),
    "R": (gzip.compress(b"RDX3\nX\n\0\0"), r"is a file of R; write the table in R with write.csv"),
    "Stata": (b"<stata_dta><header>", "is a file of Stata; export its table"),
    "Feather": (b"ARROW1\0\0" + bytes(90), "is an Arrow or Feather file; write it as Parquet or CSV"),
    "LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "is only a pointer to a file in Git LFS; run git lfs pull"),
    "old workbook": (OLE, "is an old file of Microsoft Office, such as an XLS workbook; save it as XLSX or CSV"),
    "locked workbook": (OLE + "EncryptedPackage".encode("utf-16-le"), "is a workbook or a document with a password; save it without one"),
    "Word": (zipped(word__document_xml=b"<w/>"), "is a document of Word; copy its table"),
    "OpenDocument": (zipped(content_xml=b"<office/>", mimetype=b"application/vnd.oasis.opendocument.text"), "is an OpenDocument file that is no spreadsheet; copy its table"),
    "Strict Open XML": (zipped(xl__workbook_xml=b'<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"/>'), r"is in the form Strict Open XML; save it as"),
    "shapefile": (zipped(a_shp=b"\0\0\x27\x0a", a_dbf=b"x", a_shx=b"y"), "is a shapefile; export it as GeoJSON"),
    "empty archive": (zipped(), "is an archive without a file"),
    "two tables": (zipped(a_csv=GED, b_csv=GED), "is an archive of 2 files: a.csv, b.csv; unpack it"),
    "a table and notes of its own name": (zipped(a_csv=GED, notes_txt=b"about"), "is an archive of 2 files: a.csv, notes.txt; unpack it"),
    "row names of R": (HEADER + b"\n" + b"".join(b'"%d",' % n + line + b"\n" for n, line in enumerate(GED.splitlines()[1:], 1)), r"has one name of a column fewer .*row\.names = FALSE"),
    "row names of R with tags": (b'"","Place","Dead"\n"1","#loc+name","#affected+killed"\n"2","X","3"\n', r"cells that are not tags: '1'.*row\.names = FALSE"),
    "row names of R, counts first": (b"#affected+killed,#affected+injured\n1,3,4\n2,5,6\n", r"has one name of a column fewer .*row\.names = FALSE"),
    "columns of pandas": (b'{"best": {"0": 1, "1": 2}, "id": {"0": 5, "1": 6}}', r'by columns, as `to_json\(\)` of pandas writes it; .*orient="records"'),
    "cut gzip": (gzip.compress(GED)[:-20], "cannot be unpacked: "),
    "cut zip": (zipped(a_csv=GED)[:-40], "cannot be unpacked: File is not a zip file"),
    "damaged zip": (lambda _: zipped(a_csv=GED).replace(b"PK\x03\x04", b"PK\x03\x04", 1)[:60] + b"\0\0\0\0" + zipped(a_csv=GED)[64:], "cannot be unpacked: "),
    "cut workbook": (workbook()[:-100], "cannot be unpacked|cannot be read as a workbook"),
    "empty workbook": (workbook(), "is empty"),
    "cut Parquet": (lambda folder: parquet(folder)[:-9], "cannot be read as Parquet: "),
    "cut JSON": (b'[{"id": 1}, {"id": 2', "is not complete: it ends in line 1|is not complete: the value that begins in line 1"),
    "JSON of an error": (b'{"error": "not found", "status": 404}', "is in no known format .*; its keys are error, status"),
    "JSON of a text": (b'["a", "b"]', "is a list of values, such as \"a\", not of records"),
    "header alone, unknown": (b"Town;Month;Crop\n", "is in no known format .*its first row, .* has Town, Month, Crop"),
    "Latin-1 header": (HEADER.replace(b"country", b"pa\xeds") + b"\n", "line 1 has the byte 0xed, which is not UTF-8; the file may be ISO 8859-1"),
    "half a character at the end, JSON": (b'[{"id": 1}]\xc3', "line 1 has the byte 0xc3, which is not UTF-8"),
    "half a character at the end, lines of JSON": (b'{"id": 1}\n{"id": "\xe2\x82', "line 2 has the byte 0xe2, which is not UTF-8"),
    "NUL": (GED.replace(b"Example town", b"Example\0town", 1), "line 2 contains a NUL character"),
    "open quotation mark": (HEADER.replace(b",year", b',"year') + b"\n" + GED, "is in no known format|misplaced quotation mark|header of several lines"),
    "ACLED without a column": (b"event_id_cnty,event_date,year\nX1,2024-01-01,2024\n", "is in no known format"),
    "tags without signs": (b"Place,Dead\nloc+name,affected+killed\nX,3\n", r"row 2 looks like HXL tags without their number sign \(loc\+name, affected\+killed\); write #"),
    "half tags": (b"Place,Dead,Day\n#loc+name,#affected+killed,day\nX,3,2024-01-01\n", "row 2 has HXL tags and cells that are not tags: 'day'; correct or empty them"),
}  # fmt: skip


def test_there_are_forty() -> None:
    assert len(WRONG) >= 40


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_by_name_with_reason_and_cure(name: str, tmp_path: Path) -> None:
    content, message = WRONG[name]
    (tmp_path / "a.csv").write_bytes(content if isinstance(content, bytes) else content(tmp_path))
    with pytest.raises(LoadRefused) as refused:
        claims(tmp_path / "a.csv", tmp_path)
    text = str(refused.value)
    assert re.match(rf"(?s)a[./a-z]*(, sheet \w+)?: .*({message}).*nothing was written", text), text
    assert "Traceback" not in text and "\\x" not in text and str(tmp_path) not in text and len(text) < 700, text


@pytest.mark.parametrize("above", [pytest.param(HEADER + b"\n", marks=pytest.mark.nightly), b"Place,Dead\n#loc+name,#affected+killed\n"])
def test_half_a_character_at_the_end_of_a_table_rejects_its_line(above: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(above + b"\xc3")
    found = claims(tmp_path / "a.csv", tmp_path)
    assert (found.file.rejected, found.intake.problems) == (1, 1) and not any(found.tables.values())
    assert "UTF-8" in str(found.intake.rejections[0])


def test_text_in_utf_16_that_says_so_is_read(tmp_path: Path) -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        mark = "" if encoding == "utf-16" else "\ufeff"
        (tmp_path / "a.csv").write_bytes((mark + GED.decode()).encode(encoding))
        assert opened(tmp_path / "a.csv").records == opened(ROOT / "tests/data/cases/04-sep-line.csv").records
    (tmp_path / "b.json").write_bytes(json.dumps([{"#event": "a", "#affected+killed": 3}]).encode("utf-16"))
    assert len(opened(tmp_path / "b.json").records) == 1
