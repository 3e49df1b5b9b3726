"""Finds the columns of a table by their HXL hashtags: a tag, and attributes in any order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .expressions import Column

HASHTAG = re.compile(r"(#[a-z][a-z0-9_]*)((?:\+[a-z0-9_]+)*)(?: \(column \d+\))?")


@dataclass(frozen=True)
class TaggedColumn:
    """A column by its name in the file, `#affected+killed` or `#affected+killed (column 7)`, with its tag and its attributes."""

    name: str
    tag: str
    attributes: frozenset[str]


def tagged_columns(columns: Sequence[str]) -> list[TaggedColumn]:
    """The columns whose names are hashtags."""
    matches = [(name, HASHTAG.fullmatch(name)) for name in columns]
    return [TaggedColumn(name, match[1], frozenset(match[2].split("+")[1:])) for name, match in matches if match]


@dataclass(frozen=True)
class TagPattern:
    """A tag with the attributes that a column must have and those that it must not have; `exact`: it may have no others."""

    tag: str
    required: frozenset[str]
    excluded: frozenset[str]
    exact: bool = False

    def matches(self, column: TaggedColumn) -> bool:
        fits = column.tag == self.tag and self.required <= column.attributes and not self.excluded & column.attributes
        return fits and not (self.exact and column.attributes - self.required)


def tag_pattern(text: str) -> TagPattern:
    """A pattern in HXL's notation, such as `#date+start-reported`. An exclamation mark at the end allows no other attributes."""
    tag, *attributes = re.findall(r"#\w+|[+-]\w+", text)
    required, excluded = (frozenset(attribute[1:] for attribute in attributes if attribute[0] == sign) for sign in "+-")
    return TagPattern(tag, required, excluded, text.endswith("!"))


def closest_columns(columns: Sequence[TaggedColumn], pattern: str) -> list[TaggedColumn]:
    """Of the columns that match a pattern, those with the fewest attributes."""
    matching = [column for column in columns if tag_pattern(pattern).matches(column)]
    fewest = min((len(column.attributes) for column in matching), default=0)
    return [column for column in matching if len(column.attributes) == fewest]


def column_for(columns: Sequence[TaggedColumn], *patterns: str) -> Column:
    """The expression that reads the closest columns of each pattern, in the order of the patterns: the first one that the file has."""
    return Column(tuple(column.name for pattern in patterns for column in closest_columns(columns, pattern)))
