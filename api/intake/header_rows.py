"""Joins the rows of a header that takes several, as spreadsheets have them: `Victims` above `Killed` and `Injured`."""

from __future__ import annotations

from collections.abc import Sequence


def joined_headers(rows: Sequence[Sequence[str]], count: int) -> list[list[str]]:
    """The names of the columns if the header began at each of these rows and took `count` rows.

    A cell that is empty in an upper row belongs to the text to its left, as in merged cells; the name is made of the texts of all rows.
    """
    headers = []
    for number in range(len(rows) - count + 1):
        *above, lowest = ([cell.strip() for cell in row] for row in rows[number : number + count])
        width = max(map(len, (*above, lowest)))
        parts = [*map(_filled, above), lowest]
        headers.append([_name([row[position] if position < len(row) else "" for row in parts]) for position in range(width)])
    return headers


def has_two_headers(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row lacks names, or has one twice, and the second has texts where it does, without a digit, above records."""
    if len(rows) < 3:
        return False
    first, second = ([cell.strip() for cell in row] for row in rows[:2])
    unnamed = [position for position, cell in enumerate(first) if not cell or cell in first[:position]]
    texts = [second[position] if position < len(second) else "" for position in unnamed]
    return bool(unnamed and all(texts)) and not any(character.isdigit() for cell in second for character in cell)


def _filled(row: Sequence[str]) -> list[str]:
    filled: list[str] = []
    for cell in row:
        filled.append(cell or (filled[-1] if filled else ""))
    return filled


def _name(parts: Sequence[str]) -> str:
    """The texts of a column from top to bottom, without those that are empty or repeated, as a merged cell is read."""
    return " ".join(dict.fromkeys(filter(None, parts)))
