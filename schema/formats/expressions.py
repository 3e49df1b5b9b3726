"""The expressions that make our values from the columns of a file. Declarations only; `api/sql/duckdb/expressions.py` turns them into SQL.

One module, although long, because it is one closed set, against which the compilers are checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from . import date_patterns


class Expression:
    """A text made from one record of a file; null means unknown.

    Every class needs its SQL in `api/sql/duckdb/expressions.py`, which is checked for completeness when it is imported, and may
    override `words`, which `conflict-facts formats NAME` prints.
    """

    def operands(self) -> Iterator[Expression]:
        """The expressions that this one is directly made of."""
        for value in vars(self).values():
            yield from (part for part in (value if isinstance(value, tuple) else (value,)) if isinstance(part, Expression))

    def walk(self) -> Iterator[Expression]:
        """This expression and all those that it is made of."""
        yield self
        for operand in self.operands():
            yield from operand.walk()

    def columns(self) -> list[str]:
        """The columns that it reads, each once, by the newest of their names."""
        return list(dict.fromkeys(part.names[0] for part in self.walk() if isinstance(part, Column) and part.names))

    def words(self) -> str:
        """A phrase that says what the value is made of."""
        return " + ".join(self.columns()) or "the item"


@dataclass(frozen=True)
class Column(Expression):
    """A cell: of the first of these names that the file has. Unknown in every record if the file has none of them."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Constant(Expression):
    """The same text in every record."""

    value: str

    def words(self) -> str:
        return f"'{self.value}'"


@dataclass(frozen=True)
class Coded(Expression):
    """A code of the format, translated to a code of ours. A code that is not listed rejects the record, unless `otherwise` is given.

    `decides`: it does so too if there is no record of ours without the code, such as a figure without its number.
    """

    of: Expression
    codes: Mapping[str, str | None]  # None: the code means that the value is unknown.
    otherwise: str | None = None
    decides: bool = False

    def words(self) -> str:
        return f"{self.of.words()}, translated to our codes"


@dataclass(frozen=True)
class Concat(Expression):
    """Texts joined by `by`. Unknown if any of them is; if `lenient`, the known ones are joined instead."""

    parts: tuple[Expression, ...]
    by: str = ""
    lenient: bool = False


@dataclass(frozen=True)
class Digest(Expression):
    """An id for a record that has none: the prefix and a digest of the values that identify it. Unknown if all of them are."""

    prefix: str
    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class RowDigest(Expression):
    """An id for a row that has none: a digest of all its cells. If the loader is told so, a row that occurs again has an id of its own."""

    parts: tuple[Expression, ...]

    def words(self) -> str:
        return "all cells of the row"


@dataclass(frozen=True)
class FirstKnown(Expression):
    """The first of these that is known."""

    of: tuple[Expression, ...]


@dataclass(frozen=True)
class Matched(Expression):
    """The first group of a pattern (RE2); unknown if the pattern does not match."""

    of: Expression
    pattern: str


@dataclass(frozen=True)
class ParsedDate(Expression):
    """A day in words or in another order, read by patterns of strptime. Text that no pattern matches is left unchanged."""

    of: Expression
    patterns: tuple[str, ...]

    def __post_init__(self) -> None:
        date_patterns.check(self.patterns, [date_patterns.DAY])


@dataclass(frozen=True)
class LocalMidnight(Expression):
    """A day. An instant in UTC at one of these times, such as "11:00", is midnight at the publisher's place, east of Greenwich, where the next day begins."""

    of: Expression
    times: tuple[str, ...]


@dataclass(frozen=True)
class PeriodDay(Expression):
    """The first or, if `last`, the last day of a date that may be a month or a year alone, read by patterns of strptime or as 2024-03 or 2024.

    A date with a day is that day. Text that no pattern matches is left unchanged.
    """

    of: Expression
    patterns: tuple[str, ...] = ()
    last: bool = False

    def __post_init__(self) -> None:
        date_patterns.check(self.patterns)


@dataclass(frozen=True)
class PeriodPrecision(Expression):
    """How precisely a date that PeriodDay reads is known: one code for a month, one for a year, and unknown for a day."""

    of: Expression
    month: str
    year: str
    patterns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        date_patterns.check(self.patterns)


@dataclass(frozen=True)
class DateSpelling(Expression):
    """A date that PeriodDay reads, in one spelling, such as 2024-03-01, 2024-03, 2024 or, with a time, 2024-03-01T13:45:00. Other text is left unchanged."""

    of: Expression
    patterns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        date_patterns.check(self.patterns)


@dataclass(frozen=True)
class Unless(Expression):
    """A text, unknown if it is one of these words, in upper or lower case; numbers among them in any spelling."""

    of: Expression
    words_for_none: tuple[str, ...]


@dataclass(frozen=True)
class Item(Expression):
    """One item of a cell, in a record that is made for each of its items (`RecordMapping.each`)."""

    def words(self) -> str:
        return "the item"


@dataclass(frozen=True)
class Items(Expression):
    """A cell with several texts, split at a pattern (RE2); the characters of `strip` are removed from both ends of each.

    `within`: the first group of this pattern is what is split; a cell that it does not match is one item, unchanged.
    `begins`: split only before text that matches this, for separators that also occur inside an item.
    """

    of: Expression
    separator: str
    strip: str = ""
    within: str = ""
    begins: str = ""


@dataclass(frozen=True)
class ItemIds(Expression):
    """References to the records that are made for each item of a cell."""

    items: Items
    id: Expression  # The id of one item's record.


@dataclass(frozen=True)
class Lookup(Expression):
    """A value looked up by key and date in a list of (key, first day, last day, value). A key that is not listed gives unknown, and a flag."""

    name: str
    rows: tuple[tuple[str, str, str, str], ...]
    key: Expression
    on: Expression  # A date.
    exhaustive: bool = True  # Whether a key that is not listed is flagged.

    def words(self) -> str:
        return f"{self.key.words()}, looked up for the date {self.on.words()}"


@dataclass(frozen=True)
class ShortestNumber(Expression):
    """A number in its shortest form, 21 for 21.0. Text that is not a number is left unchanged."""

    of: Expression


@dataclass(frozen=True)
class Times(Expression):
    """A number multiplied by a whole one, such as one that counts thousands. Text that is not a number is left unchanged."""

    of: Expression
    factor: int

    def words(self) -> str:
        return f"{self.of.words()} × {self.factor}"


@dataclass(frozen=True)
class Identifier(Expression):
    """An id that matches the format's own pattern (RE2); another text rejects the record. 900001.0 is the id 900001, as a data frame writes it."""

    of: Expression
    pattern: str = "[0-9]+"
    example: str = "12345"


@dataclass(frozen=True)
class OnlyIf(Expression):
    """A value if another is one of these (None stands for unknown); otherwise unknown."""

    of: Expression
    on: Expression
    among: tuple[str | None, ...]


@dataclass(frozen=True)
class FirstDay(Expression):
    """The first day of a period, from its last day and its length in hours, which must make full days. Unknown for a length of 0."""

    last: Expression
    hours: Expression


@dataclass(frozen=True)
class Remainder(Expression):
    """The values of the record that no field of ours holds unchanged, as JSON by the file's own column names; `only`: of these columns."""

    only: tuple[Column, ...] = ()

    def words(self) -> str:
        return "the remaining columns"


@dataclass(frozen=True)
class LoadedSource(Expression):
    """The id of the source that the file is loaded as. It keeps ids that are unique only within a file apart from those of other files."""

    def words(self) -> str:
        return "the source that the file is loaded as"


@dataclass(frozen=True)
class IfKnown(Expression):
    """A value if another one is known; otherwise unknown."""

    of: Expression
    known: Expression


EXPRESSIONS: tuple[type[Expression], ...] = tuple(Expression.__subclasses__())


def column(*names: str) -> Column:
    return Column(names)


def concat(*parts: Expression | str, by: str = "", lenient: bool = False) -> Concat:
    return Concat(tuple(Constant(part) if isinstance(part, str) else part for part in parts), by, lenient)


def digest(prefix: str, *parts: Expression) -> Digest:
    return Digest(prefix, parts)


def first(*of: Expression) -> FirstKnown:
    return FirstKnown(of)
