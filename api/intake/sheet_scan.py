"""What openpyxl does not tell of a sheet that it reads row by row: its merged areas, formulas without a saved value, and what is hidden."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from openpyxl.utils.cell import range_boundaries

from .sheets import HiddenParts, Merge
from .unpack import BLOCK_BYTES

SIGNS = (
    b"f>",
    b"f ",
    b"f/",
    b"mergeCell",
    b"hidden=",
    b"zeroHeight",
    b' ht="0"',
    b' width="0"',
)  # A sheet without any of them has nothing of this.
MAX_PART_BYTES = BLOCK_BYTES  # Of a tag, or of a text between two.
TRUE = ("1", "true", "on")
MAX_FORMULA = 200  # Characters of a formula that a message shows.


@dataclass
class Scan:
    """What a sheet has: its merged areas, the place and the formula of its first cell that has one and no value, and what is hidden in it."""

    merges: list[Merge] = field(default_factory=list)
    unsaved: tuple[str, str] | None = None
    hidden: HiddenParts = field(default_factory=HiddenParts)


def scan(path: Path, part: str) -> Scan:
    """What a sheet has beside its values. Raises ValueError and ExpatError."""
    with zipfile.ZipFile(path) as archive:
        with closing(archive.open(part)) as sheet:
            tail = b""
            while block := sheet.read(BLOCK_BYTES):
                if any(sign in tail + block for sign in SIGNS):
                    break
                tail = block[-max(map(len, SIGNS)) :]
            else:
                return Scan()
        found = _SheetParser()
        with closing(archive.open(part)) as sheet:
            fed = 0
            while found.found.unsaved is None and (block := sheet.read(BLOCK_BYTES)):
                found.parser.Parse(block)
                fed += len(block)
                if fed - found.parser.CurrentByteIndex > 2 * MAX_PART_BYTES:
                    raise ValueError(f"it has a tag of more than {MAX_PART_BYTES >> 20} MB")
    return found.found


class _SheetParser:
    """A parser of a sheet, fed block by block."""

    def __init__(self) -> None:
        self.found = Scan()
        self.row, self.are_hidden = 0, False  # The number of the row that is read; whether rows without a height are hidden.
        self.cell: Mapping[str, str] = {}  # The attributes of the cell that is read.
        self.inside, self.formula, self.has_value = "", "", False
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype

    def _refuse_doctype(self, *_: object) -> None:
        raise ValueError("it has a DOCTYPE, which no program writes")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "c":
            self.cell = attributes
        elif local == "row":
            self.row = int(attributes.get("r", self.row + 1))
            if _is_hidden(attributes, "ht", self.are_hidden and "ht" not in attributes):
                self.found.hidden.add_row(self.row)
        elif local == "col":
            if _is_hidden(attributes, "width"):
                self.found.hidden.columns.append((int(attributes["min"]), int(attributes["max"])))
        elif local == "sheetFormatPr":
            self.are_hidden = attributes.get("zeroHeight") in TRUE
        elif local == "f":
            self.inside, self.formula, self.has_value = "f", "", False
            self.parser.CharacterDataHandler = self._text  # Only in cells with a formula: most cells have none.
        elif local == "v":
            self.inside = "v"
        elif local == "is":
            self.has_value = True
        elif local == "mergeCell":
            self.found.merges.append(range_boundaries(attributes.get("ref", "")))

    def _text(self, text: str) -> None:
        if self.inside == "f":
            self.formula += text[: MAX_FORMULA - len(self.formula)]
        elif self.inside == "v" and text.strip():
            self.has_value = True

    def _end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local in ("f", "v"):
            self.inside = ""
        elif local == "c" and self.parser.CharacterDataHandler:
            self.parser.CharacterDataHandler = None
            # An empty text is a value too.
            if not self.has_value and self.cell.get("t") != "str" and self.found.unsaved is None:
                self.found.unsaved = self.cell.get("r", "without a place"), self.formula


def _is_hidden(attributes: Mapping[str, str], size: str, by_default: bool = False) -> bool:
    """Whether a row or a column is hidden, also by a size of nothing."""
    stated = attributes.get("hidden")
    return (stated in TRUE if stated is not None else by_default) or attributes.get(size) in ("0", "0.0")
