"""Cells that a spreadsheet would execute as a formula, as an SQL expression: the rule of `api/query/formula_cells.py`."""

from __future__ import annotations

from ...query.formula_cells import APOSTROPHE, FORMULA_STARTS, PLAIN_NUMBER
from ..text import quote_literal


def escape_formula(text: str) -> str:
    """A text that no spreadsheet executes: with an apostrophe before it, if it begins like a formula and is not a number."""
    return (
        f"case when ascii({text}) in ({', '.join(map(str, FORMULA_STARTS))}) and {text} !~ {quote_literal(PLAIN_NUMBER)} "
        f"then {quote_literal(APOSTROPHE)} || {text} else {text} end"
    )
