"""What a cell of an OpenDocument spreadsheet shows beside what it stores, as number_formats.py has it for workbooks.

A number stands in the file as it is shown too, so its format is not needed. A date does as well, but in any language, so its format says which parts it shows.
"""

from __future__ import annotations

import math
import re
import unicodedata
from xml.etree import ElementTree

from .number_formats import DASHES, NumberFormat
from .sheets import PaddedNumber, cell_text

NUMBER, STYLE, TABLE = (f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("datastyle", "style", "table"))
DEFAULT_STYLE = f"{TABLE}default-cell-style-name"
DAY = re.compile(r"\d{4}-\d\d-\d\d(T.*)?")
PLAIN = re.compile(r"[-+\u2212(]?[\d.,'\u2019\s\u066b\u066c]*\d[\d.,'\u2019\s\u066b\u066c]*\)?(?P<exponent>e[-+]?\d+)?", re.IGNORECASE)
EXACT_DIGITS = 15  # Of a number, that programs keep.
# How a format of dates has its parts, by the names of elements.
DATE_PARTS = {"day": "d", "month": "mmm", "year": "y", "day-of-week": "ddd", "hours": "h", "minutes": "h", "seconds": "h", "am-pm": "h",
              "week-of-year": '"week"', "quarter": '"quarter"'}  # fmt: skip


class DateFormats:
    """The formats of dates in a spreadsheet, by the styles of cells. Call `add` with each element of a style."""

    def __init__(self) -> None:
        self.formats: dict[str, NumberFormat] = {}
        self.of_styles: dict[str, str] = {}
        self.of_columns: list[tuple[int, ElementTree.Element]] = []  # The columns of a sheet, each with the number of the next one.

    def add(self, element: ElementTree.Element) -> None:
        name = element.get(f"{STYLE}name", "")
        if element.tag == f"{NUMBER}date-style":
            self.formats[name] = NumberFormat(" ".join(map(_part, element)))
        elif element.tag == f"{STYLE}style" and (format := element.get(f"{STYLE}data-style-name")):
            self.of_styles[name] = format

    def style(self, cell: ElementTree.Element, row: ElementTree.Element, column: int) -> str | None:
        """The style of a cell: its own, or that of its row or its column."""
        of_column = next((element.get(DEFAULT_STYLE) for after, element in self.of_columns if column < after), None)
        return cell.get(f"{TABLE}style-name") or row.get(DEFAULT_STYLE) or of_column

    def shown(self, date: str, style: str | None, text: str) -> str:
        """A date as a cell of a style shows it; without a format, as its text does."""
        if not DAY.fullmatch(date):
            return date
        if format := self.formats.get(self.of_styles.get(style or "", "")):
            return format.date(date)
        return _by_text(date, text)


def _part(element: ElementTree.Element) -> str:
    name = element.tag.removeprefix(NUMBER)
    return f'"{element.text or ""}"' if name == "text" else DATE_PARTS.get(name, "")


def _by_text(date: str, text: str) -> str:
    """A date whose text has no number for its day, but one for its year, is that month, or that year if there is nothing else."""
    numbers, year = [int(number) for number in re.findall(r"\d+", text)], int(date[:4])
    stated = next((number for number in (year, year % 100) if number in numbers), None)
    if stated is None:
        return NumberFormat("d mmm").date(date) if text.strip() else date
    numbers.remove(stated)
    if int(date[8:10]) in numbers:
        return date
    has_month = bool(numbers) or any(character.isalpha() for character in text)
    return NumberFormat("mmm y" if has_month else "y").date(date)


def shown_number(value: float, stored: object, text: str | None) -> object:
    """A number as its cell shows it, with all digits; `stored`, what it is read as, if the cell shows nothing else. `text`: what it shows, or None."""
    if text is None or not math.isfinite(value):
        return stored
    number, plain = abs(value), "".join(text.split())
    if isinstance(stored, str):  # A percentage.
        number, plain = number * 100, re.sub("[%\u066a]", "", plain, count=1)
    if value == 0 and plain in [*DASHES]:
        return stored
    digits, stored_text = _digits(plain), cell_text(stored)
    if match := PLAIN.fullmatch(plain):
        starts = tuple(str(rounded)[:EXACT_DIGITS] for rounded in (math.floor(number), math.ceil(number)))
        if match["exponent"] or number < 1 or digits.lstrip("0").startswith(starts):
            return PaddedNumber(plain) if plain == digits and plain[:1] == "0" and len(plain) > 1 else stored
    elif digits and digits.strip("0") == _digits(stored_text).strip("0"):
        return text.strip()
    return f"{stored_text}, shown as {text.strip() or 'nothing'}"


def _digits(text: str) -> str:
    """The digits of a text, in those of ASCII."""
    return "".join(str(unicodedata.decimal(character)) for character in text if character.isdecimal())
