"""What a publisher writes that is no value, or a value in another form: the same for all columns of a format."""

from __future__ import annotations

from dataclasses import dataclass

# What statistics programs and spreadsheets write into an empty cell of numbers or dates. Text columns are never compared with these.
NULL_WORDS = ("na", "n/a", "<na>", "nan", "nat", "null", "none", "nil", "\\n", "-", "--", "...", "..")


@dataclass(frozen=True)
class Spellings:
    """How a publisher writes what is unknown, numbers and dates.

    `null_words`: in lower case, the words that stand for an empty cell, in columns of numbers, dates and numeric codes alone.
    `sentinels`: the numbers that stand for an unknown one, in columns of counts. `thousands`: the separator of thousands, or empty.
    `epoch_dates`: dates may be milliseconds since 1970 in UTC, as JSON of map services has them; those before 1970 are negative.
    """

    null_words: tuple[str, ...] = ()
    sentinels: tuple[str, ...] = ()
    thousands: str = ""
    epoch_dates: bool = False
