"""Names places in a file as its readers count them: the table that is read may be made of records, or of those rows of a sheet that are not empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Places:
    """What the rows of a table are in the file that it is made of; by default the same rows.

    `names`: what to call the names of its columns, if they are no row, and `name_rows` rows above the records have them. `numbers`: the
    number of each row in the file, if rows were left out. `in_lines`: whether the table is a text of the file itself, whose lines have numbers.
    `cure`: what to do if the first row has no names.
    """

    names: str = ""
    name_rows: int = 0
    numbers: Sequence[int] = ()
    in_lines: bool = False
    cure: str = ""

    def row(self, number: int) -> str:
        """The place of a row of the table, counted from 1."""
        if not self.names:
            return f"row {self.numbers[number - 1] if self.numbers else number}"
        return f"the list of its {self.names}" if self.is_name(number) else f"record {number - self.name_rows}"

    def is_name(self, number: int) -> bool:
        """Whether the cells of this row are the names of columns, not cells of the file."""
        return number <= self.name_rows

    def cells(self, number: int) -> str:
        """What to call the cells of this row."""
        return self.names if self.is_name(number) else "cells"

    @property
    def header(self) -> str:
        """How a list of the names of columns begins in a sentence."""
        return f"its {self.names} are" if self.names else "its first row, which should have the names of its columns, has"


LINES = Places(in_lines=True)
