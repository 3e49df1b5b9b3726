"""What a publisher writes that is no value, or a value in another form: the same for all columns of a format."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..model.parsers import SPREADSHEET_ERRORS

# What statistics programs, databases and spreadsheets write into an empty cell, in small letters: \N is MySQL's and PostgreSQL's, <NA> that of pandas.
_OF_SOFTWARE = ("na", "n/a", "<na>", "nan", "nat", "null", "none", "\\n", "-", "--")
# In cells of numbers and dates. An error of a spreadsheet, such as #N/A, is no empty number.
NULL_WORDS = (*_OF_SOFTWARE, "nil", "...", "..")
TEXT_NULL_WORDS = (*_OF_SOFTWARE, *SPREADSHEET_ERRORS)  # In cells of texts and codes.
# What is not seen in a text, and tells it from the same text without it, as the first and the last character of each range: a soft hyphen,
# zero-width spaces, marks of direction, a byte order mark. Not the two joiners of Persian and of India's scripts, which are letters' shapes.
UNSEEN = (
    ("\u00ad", "\u00ad"), ("\u180e", "\u180e"), ("\u200b", "\u200b"), ("\u200e", "\u200f"),
    ("\u202a", "\u202e"), ("\u2060", "\u2060"), ("\u2066", "\u2069"), ("\ufeff", "\ufeff"),
)  # fmt: skip
# Follows a number that a file stores as one, not as a text, where a map says that points stand between thousands: its point is a decimal one.
NUMBER_MARK = "\ufdd0"  # A code point that no text has.
JOINERS = ("\u200c", "\u200d")  # Also a range.
# What may stand between thousands: characters that look the same are one.
THOUSANDS_MARKS = (".", ",", "'\u2019", " \u00a0\u2009\u202f", "\u066c")


UNSEEN_PATTERN = re.compile(f"[{''.join(f'{first}-{last}' for first, last in UNSEEN)}]")


def seen(text: str) -> str:
    """A text without what is not seen in it, and without white space at its ends: the name of a column, as its reader takes it to be."""
    return UNSEEN_PATTERN.sub("", text).strip()


def alike(mark: str) -> str:
    """All characters that look like one that stands between thousands."""
    return next((marks for marks in THOUSANDS_MARKS if mark in marks), mark)


@dataclass(frozen=True)
class Spellings:
    """How a publisher writes what is unknown, numbers and dates.

    `null_words`: in lower case, the words that stand for an empty cell of a number or a date. If there are any, so do TEXT_NULL_WORDS in columns of texts
    and codes, unless they are a code of the column: NA is Namibia in a column of countries.
    `sentinels`: the numbers that stand for an unknown one, in columns of counts. `thousands`: the separator of thousands, or empty.
    `epoch_dates`: dates may be milliseconds since 1970 in UTC, as JSON of map services has them; those before 1970 are negative.
    `exact_names`: names stay as they are written, also if they look like others; else composed letters, one space between words, and nothing unseen.
    """

    null_words: tuple[str, ...] = ()
    sentinels: tuple[str, ...] = ()
    thousands: str = ""
    epoch_dates: bool = False
    exact_names: bool = False

    @property
    def marks_numbers(self) -> bool:
        """Whether the point of a number that a file stores as one must be told from a point between thousands."""
        return self.thousands == "."

    @property
    def text_null_words(self) -> tuple[str, ...]:
        """The words that stand for an empty cell of a text."""
        return TEXT_NULL_WORDS if self.null_words else ()
