"""Cells that a spreadsheet would execute as a formula: which they are, and the apostrophe that keeps it from doing so.

`api/sql/answering/formula_cells.py` has the same rule as an SQL expression, for files that PostgreSQL writes.
"""

from __future__ import annotations

import re

# The first characters of what a spreadsheet takes for a formula: tab, line feed, carriage return, + - = @, and these in full width.
FORMULA_STARTS = (9, 10, 13, 43, 45, 61, 64, 65291, 65293, 65309, 65312)
PLAIN_NUMBER = "^[+-]?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]+)?%?$"
APOSTROPHE = "'"


def escape_formula(text: str) -> str:
    """A text that no spreadsheet executes: with an apostrophe before it, if it begins like a formula and is not a number."""
    return APOSTROPHE + text if text and ord(text[0]) in FORMULA_STARTS and not re.fullmatch(PLAIN_NUMBER, text) else text
