"""The limits on the SQL of one statement, which bound the memory that PostgreSQL takes to plan it."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import TooMuch
from ..sql.answering.written_length import ADVICE, MAX_WITH_LITERALS
from ..sql.text import planned_length

# One backend of PostgreSQL takes up to 700 bytes for each character that it plans, so 240 MB at most, and half of that stays with it. All that is known of
# records of every kind, as of an earlier revision, has up to 331,000 characters. A literal is planned only if it is a
# statement that turns out to be needed.
MAX_STATEMENT_LENGTH, MAX_STATEMENT_ARGUMENTS = 340_000, 5_000


def refuse_long_statement(text: str, arguments: Sequence[object]) -> int:
    """The characters of a statement that are planned, all but its literals.

    Raises TooMuch, with the number, the limit and what to do, if PostgreSQL would take too much memory to plan it.
    """
    planned = planned_length(text)
    for number, most, unit in (
        (planned, MAX_STATEMENT_LENGTH, "characters"), (len(text), MAX_WITH_LITERALS, "characters with its literals"),
        (len(arguments), MAX_STATEMENT_ARGUMENTS, "arguments"),
    ):  # fmt: skip
        if number > most:
            raise TooMuch(f"the SQL statement for this request has {number:,} {unit}, and {most:,} is the limit; {ADVICE}")
    return planned
