"""One check of the cells of many columns: DuckDB takes longer to plan an expression for each column than to read a small file. Text; no I/O."""

from __future__ import annotations

from collections.abc import Sequence

from ..text import quote_identifier, quote_literal
from .cells import path_in_untouched
from .types import SQL_WHITE_SPACE

CELL = "cell_0"  # What a cell is called in the SQL of checks. No column of a file is called so: DuckDB would take one for the other.


def cells_of(columns: Sequence[str]) -> str:
    """The cells of these columns, in a list."""
    return f"[{', '.join(map(quote_identifier, columns))}]"


def cells_in_file(columns: Sequence[str]) -> str:
    """The cells of these columns as the file has them, without white space around them, in a list."""
    paths = ", ".join(quote_literal(path_in_untouched(name)) for name in columns)
    raw = f"list_transform(json_extract_string(untouched, [{paths}]), lambda raw_0, nth_0: coalesce(trim(raw_0, {SQL_WHITE_SPACE}), ({cells_of(columns)})[nth_0]))"
    return f"case when untouched is null then {cells_of(columns)} else {raw} end"


def changed_cells(columns: Sequence[str]) -> str:
    """The cells of these columns as the file has them, in a list, null where their text is the column's value unchanged."""
    return f"json_extract_string(untouched, [{', '.join(quote_literal(path_in_untouched(name)) for name in columns)}])"


def found_in(cells: str, columns: Sequence[str], condition: str, **parts: str) -> str:
    """A list of structs, one for each cell that meets a condition: its column in `field`, and `parts`. In SQL, a cell is called CELL."""
    names = f"([{', '.join(map(quote_literal, columns))}])[nth_0]"
    struct = ", ".join(f"'{name}': {sql}" for name, sql in {"field": names, **parts}.items())
    return f"list_filter(list_transform({cells}, lambda {CELL}, nth_0: case when {condition} then {{{struct}}} end), lambda found_0: found_0 is not null)"
