"""Columns by their HXL tags: a tag, its attributes in any order, and which column a pattern means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .expressions import Column

TAG = re.compile(r"(#[a-z][a-z0-9_]*)((?:\+[a-z0-9_]+)*)(?: \(column \d+\))?")


@dataclass(frozen=True)
class Tag:
    """A tagged column: its name in the file as it is read, its tag, and its attributes."""

    name: str
    tag: str
    attributes: frozenset[str]

    @property
    def said(self) -> str:
        return self.name.partition(" ")[0]


def tags(columns: Sequence[str]) -> list[Tag]:
    """The columns that have a tag."""
    found = [(name, TAG.fullmatch(name)) for name in columns]
    return [Tag(name, one[1], frozenset(one[2].split("+")[1:])) for name, one in found if one]


@dataclass(frozen=True)
class Pattern:
    """A tag, attributes that it must have, others that it must not have; `only`: no further ones."""

    tag: str
    having: frozenset[str]
    lacking: frozenset[str]
    only: bool = False

    def fits(self, one: Tag) -> bool:
        there = one.tag == self.tag and self.having <= one.attributes and not self.lacking & one.attributes
        return there and not (self.only and one.attributes - self.having)


def pattern(text: str) -> Pattern:
    """HXL's notation: `#date+start-reported`, with a mark of exclamation where no other attribute may be."""
    tag, *attributes = re.findall(r"#\w+|[+-]\w+", text)
    having, lacking = (frozenset(one[1:] for one in attributes if one[0] == sign) for sign in "+-")
    return Pattern(tag, having, lacking, text.endswith("!"))


def nearest(found: Sequence[Tag], text: str) -> list[Tag]:
    """The columns that a pattern means: of those that fit it, those with the fewest attributes beside it."""
    fitting = [one for one in found if pattern(text).fits(one)]
    fewest = min((len(one.attributes) for one in fitting), default=0)
    return [one for one in fitting if len(one.attributes) == fewest]


def means(found: Sequence[Tag], *patterns: str) -> Column:
    """The columns that the first of the patterns that fits any means, as a column of a format; of several the first."""
    return Column(tuple(one.name for text in patterns for one in nearest(found, text)))
