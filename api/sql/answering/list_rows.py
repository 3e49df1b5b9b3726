"""What the pages of all lists have in common: their size, their cursors, and the order in which their rows are read."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ...query.bindings import Parameter
from ...query.nodes import MAX_FIRST, ClaimList, EndCursor, HasNextPage, HasPreviousPage, NextPageUrl, Node, Page, PageInfo, RevisionList
from .json import JoinedSql, Literal
from .scope import Scope, page_size


@dataclass(frozen=True)
class ListSql(ABC):
    """A page of a list in a statement, under one alias.

    A backward page is read in the reverse order, from the cursor or the end of the list; then its rows are put into the order of the list.
    """

    scope: Scope
    page: Page | ClaimList | RevisionList
    alias: str

    @cached_property
    def size(self) -> str:
        """The largest number of rows on the page. Bound once, and only if a part of the page uses it."""
        return page_size(self.scope, self.page.first)

    @property
    def numbered(self) -> bool:
        """Whether a part of the page depends on the place of rows on it, or on whether there are more. Otherwise rows need no numbers."""
        more = HasPreviousPage if self.page.backward else HasNextPage
        return has_part(self.page.parts, more, EndCursor, NextPageUrl)

    @property
    def on_page(self) -> str:
        return f"{self.alias}.n <= {self.size}" if self.numbered else ""

    @property
    def has_more(self) -> str:
        """Whether there are rows beyond the page, in the direction in which it is read."""
        return f"(count(*) > {self.size})::text"

    def end(self, start: bool) -> str:
        """The place of the first or the last row of the page among those that were read, which are one more if there are more."""
        if self.page.backward:
            return f"greatest(count(*) - {self.size}, 0) + 1" if start else "count(*)"
        return "1" if start else f"least(count(*), {self.size})"

    def cursor(self, value: Callable[[str], str]) -> str:
        """A cursor: base64url of a JSON array of the order, the revision and the values of a row in that order, each wrapped by `value`."""
        start = Literal(f"[{json.dumps(self.order_name)},")
        named = Literal("" if self.scope.named.now else '"')
        pieces: list[str] = [start, named, self.scope.revision, named]
        pieces += [piece for text in self.cursor_values(value) for piece in (Literal(","), text)]
        text = JoinedSql([*pieces, Literal("]")])
        return f"translate(encode(convert_to({text}, 'UTF8'), 'base64'), E'+/=\\n', '-_')"

    def rows(self) -> str:
        """The rows of the page, in its order. Where they are numbered, one more than fit on the page is read, if there is one."""
        rows = self._read()
        return f"select * from ({rows}) {self.alias} order by {self.order}" if self.page.backward else rows

    def _read(self) -> str:
        further = " + 1" if self.numbered else ""
        if isinstance(self.page.first, Parameter):
            # The planner sees the largest possible limit; of those rows, the first are taken in the order in which they come.
            return f"select * from ({self.limited(f'{MAX_FIRST}{further}')}) {self.alias} limit {self.size}{further}"
        return self.limited(f"{self.size}{further}")

    def number(self, order: str) -> str:
        """The column with the numbers of rows, if they are needed, after the others of a SELECT."""
        return f", row_number() over (order by {order}) as n" if self.numbered else ""

    @property
    @abstractmethod
    def order(self) -> str:
        """The order of the list."""

    @property
    @abstractmethod
    def order_name(self) -> str:
        """The order as cursors have it."""

    @abstractmethod
    def cursor_values(self, value: Callable[[str], str]) -> Sequence[str]:
        """The JSON texts of the values that a cursor of a row has, each wrapped by `value`."""

    @abstractmethod
    def limited(self, size: str) -> str:
        """A number of rows, in the direction in which the page is read."""

    @abstractmethod
    def document(self, selection: tuple[Node, ...]) -> JoinedSql:
        """The JSON object of a row."""

    @abstractmethod
    def total(self) -> str:
        """The number of rows on all pages, as text."""


def has_part(parts: tuple[Node, ...], *types: type[Node]) -> bool:
    """Whether any part of a page is of these types, also within its page info."""
    return any(has_part(part.parts, *types) if isinstance(part, PageInfo) else isinstance(part, types) for part in parts)
