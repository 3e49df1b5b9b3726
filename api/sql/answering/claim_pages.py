"""A page of the claims about a record, as an SQL expression that yields its JSON text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...query.cursors import CLAIMS
from ...query.nodes import ClaimList, Node
from .graphql_provenance import DIGEST, claim_row, claims_of
from .json import JoinedSql, string
from .list_rows import ListSql
from .pages import list_page
from .records import COMPILERS, RowSql


@dataclass(frozen=True)
class ClaimListSql(ListSql):
    """The claims about the record `row`, in the order of their keys. A cursor has a digest instead, because a key would say how much is withheld."""

    page: ClaimList
    row: RowSql
    claim: RowSql  # Its alias is that of the page.

    @property
    def order(self) -> str:
        return f"{self.alias}.key"

    @property
    def order_name(self) -> str:
        return CLAIMS

    def cursor_values(self, value: Callable[[str], str]) -> list[str]:
        self.claim.has_digest = True
        return [string(value(f"{self.alias}.{DIGEST}"))]

    def document(self, selection: tuple[Node, ...]) -> JoinedSql:
        return self.claim.document(selection)

    def limited(self, size: str) -> str:
        alias, cursor, backward = self.alias, self.page.cursor, self.page.backward
        order = f"{alias}.key{' desc' if backward else ''}"
        if cursor is None:
            claims, conditions = claims_of(self.row, self.claim), []
        else:
            self.claim.has_digest = True
            place = f"max({alias}.key) filter (where {alias}.{DIGEST} = {self.scope.bind(cursor.values[0], 'text')}) over () as place"
            claims = f"(select {alias}.*, {place} from {claims_of(self.row, self.claim)}) {alias}"
            # A claim that has been withheld or retracted since has no place: then the list begins anew, so that no claim is missed.
            conditions = [f"coalesce({alias}.key {'<' if backward else '>'} {alias}.place, true)"]
        condition = " and ".join([*conditions, *self._live(alias)]) or "true"
        return f"select {alias}.*{self.number(order)} from {claims} where {condition} order by {order} limit {size}"

    def total(self) -> str:
        counted = self.scope.alias("counted")
        conditions = [f"{counted}.record = {self.row.alias}.key", *self._live(counted)]
        return f"(select count(*)::text from {self.scope.claims(self.row.kind)} {counted} where {' and '.join(conditions)})"

    def _live(self, alias: str) -> list[str]:
        return [] if self.page.deprecated else [f"{alias}.rank <> 'deprecated'"]


def claim_page(row: RowSql, node: ClaimList) -> str:
    """A page of the claims about a record."""
    claim = claim_row(row)
    return list_page(ClaimListSql(row.scope, node, claim.alias, row, claim))


COMPILERS[ClaimList] = claim_page
