"""Writes OpenDocument spreadsheets as LibreOffice does: a row of cells without values goes on to the last column, and rows like it to the last row."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Mapping, Sequence

MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text", "style")
) + ' xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'  # fmt: skip
Cell = str | int | float | None


def cell(value: Cell, attributes: str = "") -> str:
    """A cell of a number or a text, of which each line is a paragraph; a text that begins with < is the element itself."""
    if value is None or value == "":
        return "<table:table-cell/>"
    if isinstance(value, str):
        paragraphs = "".join(f"<text:p>{html.escape(line)}</text:p>" for line in re.split(r"\r\n|[\r\n]", value))
        text = f'<table:table-cell {attributes} office:value-type="string">{paragraphs}</table:table-cell>'
        return value if value.startswith("<") else text
    return f'<table:table-cell {attributes} office:value-type="float" office:value="{value}"><text:p>{value:,}</text:p></table:table-cell>'


def row(cells: Sequence[Cell], attributes: str = "") -> str:
    inside = "".join(map(cell, cells))
    return f'<table:table-row {attributes}>{inside}<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'


def flat(sheets: Mapping[str, Sequence[Sequence[Cell] | str]], hidden: Sequence[str] = ()) -> bytes:
    """A spreadsheet in one file of XML (FODS); a row may be the element itself."""
    return f'<?xml version="1.0"?>\n<office:document {NAMES} office:mimetype="{MIMETYPE}">{_content(sheets, hidden)}</office:document>'.encode()


def packed(sheets: Mapping[str, Sequence[Sequence[Cell] | str]], hidden: Sequence[str] = ()) -> bytes:
    """The same in a zip (ODS)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", MIMETYPE, zipfile.ZIP_STORED)
        content = f"<office:document-content {NAMES}>{_content(sheets, hidden)}</office:document-content>"
        archive.writestr("content.xml", f'<?xml version="1.0"?>\n{content}')
    return file.getvalue()


def _content(sheets: Mapping[str, Sequence[Sequence[Cell] | str]], hidden: Sequence[str]) -> str:
    styles = "".join(
        f'<style:style style:name="{name}" style:family="table"><style:table-properties table:display="{shown}"/></style:style>'
        for name, shown in (("shown", "true"), ("hidden", "false"))
    )
    rest = row([], 'table:number-rows-repeated="1048000"')
    tables = "".join(
        f'<table:table table:name="{name}" table:style-name="{"hidden" if name in hidden else "shown"}">'
        f"{''.join(one if isinstance(one, str) else row(one) for one in rows)}{rest}</table:table>"
        for name, rows in sheets.items()
    )
    return f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
