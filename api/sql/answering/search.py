"""Words as SQL conditions: on the names of records, on their codes, and on the names of the records that they refer to.

A condition on names is served by an index, and so is a reference; one that may be either would be served by none. So a search is written as
branches, of which each has one way to its records: all words are in the record itself; or this word is in the names of what this reference
leads to, and the others are anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from schema.model.field import Field
from schema.model.kind import Kind

from ...query.nodes import Word
from .conditions import search_contains
from .scope import Scope


@dataclass(frozen=True)
class SearchedWord:
    """A word in a statement, which binds it once."""

    scope: Scope
    word: Word

    @cached_property
    def text(self) -> str:
        return self.scope.bind(self.word.text, "text")

    @cached_property
    def codes(self) -> dict[Field, str]:
        return {field: self.scope.bind(codes, "text[]") for field, codes in self.word.codes}

    def own(self, kind: Kind, row: str) -> str:
        """The condition that a record itself has the word: in a name, or as one of its codes. `false` if it cannot."""
        names = [search_contains(row, self.text)] if kind.searched else []
        codes = [f"{row}.{field.name} = any({self.codes[field]})" for field in kind.found_by_codes if field in self.codes]
        return _any([*names, *codes])

    def linked(self, kind: Kind, row: str) -> list[str]:
        """For each reference, the condition that the record it leads to has the word."""
        return [self._leads_to(link, f"{row}.{link.name}") for link in kind.found_by_links]

    def _leads_to(self, link: Field, column: str) -> str:
        keys = " union all ".join(self._keys(self.scope.kinds[link.type.ref or ""]))
        # As of the past, PostgreSQL does not push a join condition into the branches: it would read all records of both kinds.
        return f"{column} in ({keys})" if self.scope.at.now else f"{column} = any(array({keys}))"

    def _keys(self, kind: Kind) -> Iterator[str]:
        """The keys of the records that have the word, as queries of which each has one way to them."""
        row, records = self.scope.alias(kind.name), self.scope.records(kind)
        for condition in (self.own(kind, row), *self.linked(kind, row)):
            if condition != NEVER:
                yield f"select {row}.key from {records} {row} where {condition}"

    def either(self, kind: Kind, row: str) -> str:
        """The condition that a record has the word, itself or in what it refers to."""
        return _any([self.own(kind, row), *self.linked(kind, row)])


NEVER = "false"


def search_branches(scope: Scope, kind: Kind, words: Sequence[Word], row: str, exclusive: bool = False) -> list[str]:
    """The records that have every word, as conditions of which a record meets at least one.

    `exclusive`: exactly one. That is for counting: to find a page, rows that another branch has too must not be passed over one by one.
    """
    searched = [SearchedWord(scope, word) for word in words]
    branches = [[word.own(kind, row) for word in searched]]
    for n, word in enumerate(searched):
        before, after = ([other.either(kind, row) for other in others] for others in (searched[:n], searched[n + 1 :]))
        links = word.linked(kind, row)
        for m, link in enumerate(links):
            if exclusive:
                before = [*(other.own(kind, row) for other in searched[:n]), _not(word.own(kind, row)), *map(_not, links[:m])]
            branches.append([link, *before, *after])
    return [" and ".join(part for part in branch if part) for branch in branches if NEVER not in branch] or [NEVER]


def search(scope: Scope, kind: Kind, words: Iterable[Word], row: str) -> list[str]:
    """The same as one condition, for rows that are read anyway."""
    return [" and ".join(SearchedWord(scope, word).either(kind, row) for word in words)]


def _any(conditions: Sequence[str]) -> str:
    possible = [condition for condition in conditions if condition != NEVER]
    return f"({' or '.join(possible)})" if len(possible) > 1 else possible[0] if possible else NEVER


def _not(condition: str) -> str:
    return "" if condition == NEVER else f"({condition}) is not true"
