"""A cell whose lines are rows of its table is told from prose: by its delimiters without spaces, or by numbers and dates where the table has them."""

from __future__ import annotations

import pytest

from api.intake.unclosed_quotes import has_rows

# The columns of the table: a date, a place, a note and a number. The cell is the place.
POSITION, WIDTH, DATES = 1, 4, {0: True, 3: False}
CELLS = {
    "Town, a note, 5\n2024-03-02, Other, more, 7\n2024-03-03, Third": True,  # A space behind each comma, as in prose.
    "Town, a note, 5\n2 March 2024, Other, more, 7\n3 March 2024, Third": True,
    "Town, a note, \n2024-03-02, Other": True,  # A whole date is enough.
    "Town,a note,five\nsoon,Other": True,  # So is a comma without a space.
    "The market, the school, the well\nnear the river, in the north": False,
    "Town, a note, NA\nNA, Other": False,  # Words for no value say nothing.
    "Town, a note, 5\n2024-03-02, Other, more\n2024-03-03, Third": False,  # Other numbers of cells.
    "Town, a note, 5": False,
}


@pytest.mark.parametrize("cell", CELLS)
def test_rows_inside_a_cell_are_told_from_prose(cell: str) -> None:
    assert has_rows(cell, POSITION, WIDTH, DATES) == CELLS[cell]
