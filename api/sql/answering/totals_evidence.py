"""The records that totals rest on, as SQL: those that are added, and those whose bounds are used; and who claims their numbers."""

from __future__ import annotations

from collections.abc import Iterator

from ...query.nodes import ContributingRecords, OneParty, TotalsNode
from ..text import quote_literal
from .overlap_choice import Groups
from .scope import Scope
from .stored_sums import PICKED, StoredSums
from .totals_parts import TotalsSql


class PartySql(TotalsSql):
    """The records that meet the conditions, found by their stored sums and compared with nothing, and the parties that claim their numbers."""

    def __init__(self, scope: Scope, node: TotalsNode) -> None:
        super().__init__(scope, node)
        (part,) = node.parts
        assert isinstance(part, (OneParty, ContributingRecords))
        self.most = part.most

    def parts(self, deferred: bool = True) -> Iterator[str]:
        """The definitions of the common table expressions, of which `party_` is the answer: how many records each party claims, and the id of one."""
        yield self._found()
        said, party = self._claimed("found_")
        yield f"party_ as materialized (select min(r.id) as id, count(*) as figures from {said} group by {party})"

    def _found(self) -> str:
        """`found_`: the keys of the records, of one more than `most` at most."""
        sums = StoredSums(self.scope, self.node, self.overlap, self.bounds, self.about_origin, self.keys)
        return f"found_ as materialized (select t.key from {sums.relation} where {sums.fit} and {sums.condition} limit {self.most + 1})"

    def _claimed(self, records: str) -> tuple[str, str]:
        """Joins of the records `c` in a relation, `r`, with the claims of their published numbers, `s`; and the columns that tell one party from another.

        A party of sums over periods is told from the same party of running totals or stocks.
        """
        kind, scope = self.node.kind, self.scope
        condition = f"key = r.{kind.cites}_claim"
        past = "" if scope.at.now else " union all ".join(f"{branch} and {condition}" for branch in scope.claim_branches(kind))
        said = f"cross join lateral ({past}) s" if past else f"join {kind.name}_claim s on s.{condition}"
        party = f"s.source, s.quoted_from, s.attributed_to, r.{self.roles.basis} = {quote_literal(self.roles.flow)}"
        return f"{records} c {scope.join(kind, 'r', 'key = c.key')} {said}", party


class ContributingSql(PartySql):
    """The same comparison as of totals, for so few records that each can be named."""

    def parts(self, deferred: bool = True) -> Iterator[str]:
        """The definitions of the common table expressions, of which `contributing_` is the answer. If there are more records than `most`, they read none."""
        yield self._found()
        yield f"{PICKED} as materialized (select key from found_ where (select count(*) from found_) <= {self.most})"
        yield self._admitted()
        yield from self.overlap.compared()
        yield from self.overlap.pairs("not superseded")
        if self._by_place:
            yield self._places("select place from compared_")
        yield from Groups(self.split, self.roles.flow).steps()
        yield from self._contributing()

    def _contributing(self) -> Iterator[str]:
        """`contributing_`: records with whether they are added. The bounds of a group are those of its outermost records, of the records whose lower
        bounds are added and, where its numbers contradict each other, of any."""
        added = "select key from alone_ union select key from best_"
        yield f"""used_ as (
  {added} union select key from added_low_ where low > 0
  union select p.key from part_ p join part_outer_ o on o.cell = p.cell and o.node = p.node join sum_ s on s.cell = p.cell and s.grp = p.grp where s.high is not null
  union select p.key from part_ p join sum_ s on s.grp = p.grp where s.contradicted)"""
        stock_or_total = f"case when a.basis = {quote_literal(self.roles.cumulative)} then a.end_ else coalesce(a.end_, a.start_) end"
        yield f"""contributing_ as materialized (
  select a.key, a.id, a.day, a.basis, case when a.own then {stock_or_total} when not a.rough then a.event_end end as last, a.key in ({added}) as added
  from admitted_ a where a.key in (select key from used_))"""
        yield self._spoken()

    def _spoken(self) -> str:
        """`spoken_`: the same records with the place of each among those whose published numbers the same party claims, by source, and the same basis."""
        said, party = self._claimed("contributing_")
        return f"spoken_ as materialized (select c.key, row_number() over (partition by {party} order by c.key) as place from {said})"


def one_party(sql: PartySql, node: OneParty) -> str:
    """The JSON object of the party: `id` of one of its records, null if there is another party, or a record of which nobody says the number.

    Null if there are too many records.
    """
    count = "(select count(*) from found_)"
    id = f"(select max(id) from party_ having count(*) = 1 and sum(figures) = {count})"
    return f"case when {count} > {node.most} then 'null' else json_build_object('id', {id})::text end"


def contributing(sql: ContributingSql, node: ContributingRecords) -> str:
    """The JSON object of them: how many there are and of how many parties, and the first of them, those of the latest days first, with one of each party.

    Null if too many would have to be compared.
    """
    order = "order by c.last desc nulls last, c.id"
    speaks = f"c.key in (select key from spoken_ where place = 1 order by key limit {node.first})"
    record = f"json_build_object('id', c.id, 'day', c.day, 'last', c.last, 'added', c.added, 'speaks', {speaks})"
    latest = f"select c.key from contributing_ c {order} limit {node.first}"
    records = f"(select coalesce(json_agg({record} {order}), '[]') from contributing_ c where c.key in ({latest}) or {speaks})"
    count = "(select count(*) from contributing_)"
    parties = f"(select case when count(*) = {count} then count(*) filter (where place = 1) end from spoken_)"
    found = f"json_build_object('count', {count}, 'parties', {parties}, 'records', {records})"
    return f"case when (select count(*) from found_) > {node.most} then 'null' else ({found})::text end"
