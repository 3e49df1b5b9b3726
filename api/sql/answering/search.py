"""Words as SQL conditions: on the names of records, on their codes, and on the names of the records that they refer to.

A condition on names is served by an index, and so is a reference; one that may be either would be served by none. So a search is written as
branches: each has every word in one place, the record itself or what a reference leads to, so that PostgreSQL can begin with the rarest word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
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
    bound: dict[Field, str] = field(default_factory=dict, compare=False)

    @cached_property
    def text(self) -> str:
        return self.scope.bind(self.word.text, "text")

    @cached_property
    def codes(self) -> dict[Field, object]:
        return dict(self.word.codes)

    def _bound(self, field: Field) -> str:
        """The codes of a field, bound where they are first used: PostgreSQL knows no type of a parameter that is not."""
        if field not in self.bound:
            self.bound[field] = self.scope.bind(self.codes[field], "text[]")
        return self.bound[field]

    def own(self, kind: Kind, row: str) -> str:
        """The condition that a record itself has the word: in a name, or as one of its codes. `false` if it cannot."""
        names = [search_contains(row, self.text)] if kind.searched else []
        codes = [f"{row}.{field.name} = any({self._bound(field)})" for field in kind.found_by_codes if field in self.codes]
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

    def ways(self, kind: Kind, row: str) -> list[str]:
        """The conditions of which a record that has the word meets at least one."""
        return [way for way in (self.own(kind, row), *self.linked(kind, row)) if way != NEVER]

    def either(self, kind: Kind, row: str) -> str:
        """The condition that a record has the word, itself or in what it refers to."""
        return _any(self.ways(kind, row))


NEVER = "false"
MAX_BRANCHES = 16  # Words beyond so many branches are conditions on what the others find.


def search_branches(scope: Scope, kind: Kind, words: Sequence[Word], row: str, exclusive: bool = False) -> list[str]:
    """The records that have every word, as conditions of which a record meets at least one.

    `exclusive`: exactly one. That is for counting: to find a page, rows that another branch has too must not be passed over one by one.
    """
    branches: list[list[str]] = [[]]
    for word in (SearchedWord(scope, word) for word in words):
        ways = word.ways(kind, row)
        if len(branches) * len(ways) > MAX_BRANCHES:
            ways = [word.either(kind, row)]
        elif exclusive:
            ways = [" and ".join([way, *(f"({other}) is not true" for other in ways[:n])]) for n, way in enumerate(ways)]
        branches = [[*branch, way] for branch in branches for way in ways]
    return [" and ".join(branch) for branch in branches] or [NEVER]


def search(scope: Scope, kind: Kind, words: Iterable[Word], row: str) -> list[str]:
    """The same as one condition, for rows that are read anyway."""
    return [" and ".join(SearchedWord(scope, word).either(kind, row) for word in words)]


def _any(conditions: Sequence[str]) -> str:
    return f"({' or '.join(conditions)})" if len(conditions) > 1 else conditions[0] if conditions else NEVER
