"""Makes the tree of costs of a query: what each node takes for each record, from the statistics of the tables.

One module, although long: it has one short function for each node, and is checked for completeness.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from schema.model.completeness import complete
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.totals import DATE_KEYS, SPLIT_KEYS
from schema.storage.columns import PART

from ..query.bindings import Parameter, Values, compiled_value
from ..query.nodes import (
    AddedIn,
    At,
    Check,
    CheckClaim,
    CheckEvidence,
    CheckFigure,
    CheckSources,
    CheckTotals,
    CheckValue,
    Chosen,
    ChosenFor,
    ClaimDocument,
    ClaimId,
    ClaimList,
    ClaimNode,
    Claims,
    ClaimSources,
    Column,
    Constant,
    ContributingRecords,
    Disputed,
    Edges,
    EndCursor,
    Evidence,
    EvidenceClaims,
    EvidenceSources,
    FieldProvenance,
    FoundKind,
    FoundMatch,
    FoundRecord,
    FoundRecords,
    HasNextPage,
    HasPreviousPage,
    Id,
    LeftOut,
    Link,
    Links,
    NextPageUrl,
    Node,
    NodeId,
    NodeList,
    Nodes,
    OneParty,
    OriginCount,
    Page,
    PageInfo,
    Places,
    Provenance,
    Query,
    RecordNode,
    RecordStates,
    Reference,
    Replaces,
    Revision,
    RevisionList,
    RowCursor,
    Search,
    Snapshot,
    SourcesNode,
    TotalCount,
    TotalsNode,
    TotalsRecord,
    TotalsRows,
    TotalsRule,
    TotalsValue,
    Value,
    WithheldRows,
    Words,
)
from ..sql.answering.plan_mode import finds_keys_first, use_generic_plan
from ..sql.answering.records import SOURCE
from ..sql.answering.sum_conditions import TOGETHER, of_country, stored_groups
from .claim_checks import check_part, records_of
from .cost import CostTree, Part
from .parts import READING_PARTS, has, inside, varies
from .prices import PLANNED_BY_PARTS, PRICES, Prices, Reading, conditions_of
from .records import FIELDS_OF_AN_ENTRY, SHORT, RecordCosting, Selected
from .statistics import Statistics
from .totals import SumCosts
from .widths import OBJECT, PUNCTUATION, TEXT

PLANNED_FOR_A_CONDITION = 0.5  # Of what it takes to plan a list: how many records meet it is estimated from samples.
KEYS_PLANNED = 1  # A query for keys that is planned apart takes as long to plan, and to begin, as so many lists.
# To prepare the statement of totals takes as long as to prepare so many lists, and to plan it as long as so many; the one that compares records, and
# what an earlier rule adds to one of the past, take as long as so many of both.
PREPARED_FOR_TOTALS, RELATIONS_OF_TOTALS, RELATIONS_OF_A_COMPARISON = 100, 20, 80
BRANCHES_OF_A_SEARCH = 6  # Of each kind, about.
PAST_TOTALS = 1.25  # Totals of an earlier revision read the same table, which has all versions of its rows.
PROCESSES = 2  # Of PostgreSQL that share the work of a total, at least; its cost is the time that this takes on as many idle cores.
DIVIDED = 1.35  # Records that are compared take this many times as long by a key that divides their groups among rows.
MONTHS, YEARS, CODES = 400, 40, 5  # Rows of totals by month, by year, and by a code, about.


class Costing(RecordCosting):
    """Makes the costs of one query; `current` is the newest revision, whose facts are in the live tables."""

    def __init__(self, kinds: Kinds, statistics: Statistics, current: int | None, prices: Prices = PRICES) -> None:
        super().__init__(kinds, statistics, prices)
        self.current, self.plans = current, True

    def tree(self, query: Query, characters: int = 0) -> CostTree:
        """The costs of a query, whose statement has so many characters, without literals."""
        self.plans = not use_generic_plan(self.kinds, query.roots, now=self._is_now(query.at))
        tree = CostTree(tuple(self._roots(query.roots, (), not self._is_now(query.at))), self.prices.statement)
        # A long statement takes time even if it has one plan for all values: whoever sends it once for each of many shapes has it planned each time.
        long = (characters - PLANNED_BY_PARTS) * self.prices.planned_character - sum(part.planned for part in tree.all())
        return replace(tree, statement=tree.statement + max(0.0, long))

    def selection(self, kind: Kind, selection: Sequence[Node]) -> CostTree:
        """The cost of one record of a list that is streamed."""
        selected = self.selected(kind, selection, (), False)
        own = Part(
            (), 1, lambda *_: (1.0, 0.0), 0.0, 0.0, selected.time, 0, selected.values, 0.0, selected.size, below=tuple(selected.lists)
        )  # fmt: skip
        return CostTree((own,), 0.0)

    def _is_now(self, at: At) -> bool:
        return at.now or (at.revision is not None and compiled_value(at.revision) == self.current)

    def _planning(self, fields: int, past: bool = False) -> float:
        """The time to plan a part of the statement with some fields, and to prepare to run it."""
        prices = self.prices
        time = (prices.begun + fields * prices.begun_field) * self.slower(past) + prices.begun_past * past
        if self.plans:
            time += (prices.planned + fields * prices.planned_field) * self.slower(past) + prices.planned_past * past
        return time

    def _reading(self, page: Page, past: bool) -> Reading:
        return Reading(self.kinds, self.statistics, self.prices, page, past)

    def _roots(self, nodes: Iterable[Node], path: tuple[str, ...], past: bool) -> Iterable[Part]:
        for node in nodes:
            if isinstance(node, Snapshot):
                yield from self._roots(node.roots, (*path, node.key), not self._is_now(node.at))
            elif isinstance(node, NodeList):
                for one, named in zip(node.nodes, node.named, strict=True):
                    yield _each(ROOTS[type(one)](self, one, (*path, node.key), past), named.count)
            elif not isinstance(node, Constant):
                yield ROOTS[type(node)](self, node, (*path, node.key), past)

    # Roots

    def _record(self, node: RecordNode, path: tuple[str, ...], past: bool) -> Part:
        past = past or not self._is_now(node.at)
        selected = self.selected(node.kind, node.selection, path, past)
        found = self.prices.fetched * self.slower(past)
        return Part(
            path, 1, lambda *_: (1.0, found), self._planning(selected.fields, past), 0.0, self.prices.record + selected.time,
            0, 1 + selected.values, 0.0, self._named(path) + selected.size, below=tuple(selected.lists),
        )  # fmt: skip

    def _claim(self, node: ClaimNode, path: tuple[str, ...], past: bool) -> Part:
        """A claim is found among those about its record."""
        past = past or not self._is_now(node.at)
        claims = ClaimList(node.key, (Nodes("", node.selection),))
        return self._record(RecordNode(node.key, node.kind, "", (claims,)), path, past)

    def _claim_document(self, node: ClaimDocument | ClaimSources, path: tuple[str, ...], past: bool) -> Part:
        """It is prepared like the provenance of a field."""
        return self._record(RecordNode(node.key, node.kind, "", (Evidence("", (SOURCE,)),)), path, past)

    def _sources(self, node: SourcesNode, path: tuple[str, ...], past: bool) -> Part:
        """The sources of one record, whose claims are read again for them."""
        return self._record(RecordNode(node.key, node.kind, node.id, (Evidence("", ()),)), path, past)

    def _states(self, node: RecordStates, path: tuple[str, ...], past: bool) -> Part:
        """The versions of a record and of the claims about it, each of which may begin a state and end one; each state compares all claims."""
        claims, groups = self.statistics.claims_of(node.kind), len({field.group_name for field in node.fields})
        states = 1 + 2 * claims
        time = 4 * self.prices.opened + self.prices.past * claims * self.prices.claim
        time += states * (groups * claims * self.prices.compared + len(node.fields) * self.prices.field)
        return self._other(path, 1, time, FIELDS_OF_AN_ENTRY * len(node.fields), states * self.widths.claim(node.kind))

    def _root_page(self, node: Page, path: tuple[str, ...], past: bool) -> Part:
        if node.cursor is not None:
            past = past or not self._is_now(At(revision=node.cursor.revision))
        reads, counts, places = has(node.parts, *READING_PARTS), has(node.parts, TotalCount), has(node.parts, Places)

        reading, slower = self._reading(node, past), self.slower(past)

        def found(occurs: float, size: float, values: Values | None) -> tuple[float, float]:
            rows, time = reading.first(size, values) if reads else (0.0, 0.0)
            time += reading.count(values) if counts else 0.0
            return rows, slower * (time + (self._placing(reading, values) if places else 0.0))

        return self._list(node, path, past, found)

    def _placing(self, reading: Reading, values: Values | None) -> float:
        """The time to find all records of a list with their places and claims, and to count them by place."""
        prices = self.prices
        each = prices.claim + prices.fetched + prices.summed + 3 * prices.summed_key
        return reading.all(values) + reading.share(values) * reading.rows * each

    def _search(self, node: Search, path: tuple[str, ...], past: bool) -> Part:
        """The first of each kind are looked for by names, twice, and by what they refer to; days are looked for among all records."""
        selected = Selected()
        for record in _found_records(node.parts):
            selected.add(self.selected(record.kind, record.selection, path, past))
        words = node.sought.words if node.sought.days is None else node.sought.others
        readings = [self._reading(Page("", kind, (), search=words), past) for kind in node.kinds]
        dated, slower, prices = node.sought.days is not None, self.slower(past), self.prices

        def found(occurs: float, size: float, values: Values | None) -> tuple[float, float]:
            time = sum(
                (2 * reading.all(values) - reading.linked(values) if reading.page.search else 0.0)
                + (reading.scan if dated else 0)
                + reading.share(values) * reading.rows * (prices.passed + self._folding(reading.page.kind))
                for reading in readings
            )
            return min(size, 1 + sum(reading.share(values) * reading.rows for reading in readings)), slower * time

        planned = BRANCHES_OF_A_SEARCH * len(readings) * self._planning(0, past) + self._planning(selected.fields, past)
        return Part(
            path, node.first, found, planned, 0.0, self.prices.record + selected.time, 1, 1 + selected.values, self._named(path),
            OBJECT + self._plain(_found_parts(node.parts)) + selected.size,
            is_list=True, sized=True, varies=True, below=tuple(selected.lists),
        )  # fmt: skip

    def _folding(self, kind: Kind) -> float:
        """The time to compare the names of one record with a text, one by one, to find it by its whole name and by its beginning."""
        return 2 * len(kind.searched) * self.prices.folded if len(kind.searched) > 1 else 0.0

    def _totals(self, node: TotalsNode, path: tuple[str, ...], past: bool) -> Part:
        assert node.kind.totals is not None
        prices, table = self.prices, self.statistics.rows_of(f"{node.kind.name}_sum")
        page = Page("", node.kind, (), where=node.where)
        records = [part for part in inside(node) if isinstance(part, TotalsRecord)]
        selected = Selected(fields=10)
        for record in records:
            selected.add(self.selected(record.kind, record.selection, path, past))
            selected.time += prices.fetched
        selected.time += prices.said_total * sum(isinstance(part, Words) for part in inside(node))

        reading, most, slower = self._reading(page, past), self._rows_of_totals(node), PAST_TOTALS if past else 1.0
        groups = stored_groups(node.kind.totals, replace(node, where=of_country(node.kind.totals, node.where)))
        together = 1 - self.statistics.share_of_shape(node.kind, PART) if groups == TOGETHER else 1.0
        overlapping_flow = prices.overlapping_flow * (DIVIDED if {*node.by} & {*SPLIT_KEYS} else 1.0)
        each, starred = prices.summed + len(node.by) * prices.summed_key, 0.0 if groups else prices.starred
        each += self.statistics.share_disputed(node.kind) * prices.contradicted
        sums, comparison = SumCosts(self.kinds, self.statistics, node), RELATIONS_OF_A_COMPARISON * (prices.begun + prices.planned)

        def found(occurs: float, size: float, values: Values | None) -> tuple[float, float]:
            summed, compared = sums.summed(values)
            flows, looked_at = sums.flows(values), table * (3 * prices.row + reading.per_row)
            if sums.indexed:
                time = min(looked_at, summed * together * 3 * prices.fetched) + summed * together * each
            else:
                time = (looked_at + summed * together * each) / PROCESSES
            time += summed * starred
            time += min(1.0, compared) * comparison + compared * ((1 - flows) * prices.overlapping + flows * overlapping_flow)
            return min(most, summed + 1), slower * (time + (reading.linked(values) if sums.joined else 0.0))

        values = 1 + len([*inside(node)])
        written = self._members(node.kind, inside(node))
        planned = PREPARED_FOR_TOTALS * prices.begun + (RELATIONS_OF_TOTALS + RELATIONS_OF_A_COMPARISON * past) * self._planning(0)
        return Part(
            path, node.first, found, planned, 0.0, prices.total + selected.time + self.long(inside(node)), 1, values, self._named(path), written + selected.size,
            is_list=True, varies=varies(page), below=tuple(selected.lists),
        )  # fmt: skip

    def _check(self, node: Check, path: tuple[str, ...], past: bool) -> Part:
        totals = (self._totals(node.totals, path, False), self._totals(node.totals, path, True)) if node.totals else None
        return check_part(self, node, path, past, self._reading(records_of(node), past), self._planning, totals)

    def _rows_of_totals(self, node: TotalsNode) -> float:
        rows = float(CODES)
        for key in node.by:
            field = node.kind.fields.get(getattr(node.kind.totals, key, ""))
            rows *= (
                MONTHS if key == DATE_KEYS[0] else YEARS if key == DATE_KEYS[1]
                else self.statistics.column(node.kind, field).distinct if field is not None and field.type.ref else CODES
            )  # fmt: skip
        return rows

    def _revision(self, node: Revision, path: tuple[str, ...], past: bool) -> Part:
        return self._other(path, 1, 10 * self.prices.fetched, len(node.selection), self._plain(node.selection))

    def _revisions(self, node: RevisionList, path: tuple[str, ...], past: bool) -> Part:
        selected = [node for part in inside(node) if isinstance(part, Nodes) for node in part.selection]
        part = self._other(
            path, node.first, 10 * self.prices.fetched, len(selected), self._plain(selected) + self._plain(inside(node, records=False))
        )
        there = max(1, self.statistics.revision)
        return replace(part, found=lambda occurs, size, _: (min(size, there), 0.0), is_list=True, sized=True)

    def _withheld(self, node: WithheldRows, path: tuple[str, ...], past: bool) -> Part:
        tables = [f"{name}{suffix}" for name in self.kinds for suffix in ("", "_history", "_withheld")]
        time = sum(self.statistics.rows.get(table, 0.0) for table in tables) * 3 * self.prices.row if past else 0.0
        rows = len(self.kinds)  # For each source that withholds, of which there are few.
        return replace(
            self._other(path, 1, self.prices.fetched, len(node.selection), rows * self._plain(node.selection)), found=lambda *_: (1.0, time)
        )

    def _plain(self, nodes: Iterable[Node]) -> float:
        """The bytes of members of an object that is no record."""
        return sum(len(node.key.encode()) + PUNCTUATION + TEXT for node in nodes)

    def _other(self, path: tuple[str, ...], first: int | Parameter, time: float, fields: int, written: float) -> Part:
        return Part(
            path, first, lambda occurs, size, _: (size, 0.0), self._planning(fields), 0.0,
            time + fields * self.prices.field + max(0.0, written - SHORT * fields) * self.prices.byte, 1, fields, self._named(path), written,
        )  # fmt: skip

    # Lists

    def _list(
        self, node: Page, path: tuple[str, ...], past: bool, found: Callable[[float, float, Values | None], tuple[float, float]],
        opened: float = 0.0,
    ) -> Part:  # fmt: skip
        selected = Selected()
        for part in inside(node):
            if isinstance(part, Nodes):
                selected.add(self.selected(node.kind, part.selection, path, past))
        own = [*inside(node, records=False)]
        of_row = [item for part in own if isinstance(part, Edges) for item in part.nodes]
        cited = [part.selection for part in own if isinstance(part, EvidenceSources)]
        of_record = OBJECT + selected.size + self._members(node.kind, of_row)
        of_record += sum(self.size_of_sources(node.kind, selection, path, past) for selection in cited)
        named = 0.0 if node.reverse else self._named(path)  # The key of a list below a record is a member of that.
        planned = self._planning(selected.fields + len(own), past)
        if not self.plans and node.reverse is None and finds_keys_first(node):
            planned += KEYS_PLANNED * self.prices.planned
        planned += self._reading(node, past).texts * self.prices.planned_text
        if self.plans:
            planned += PLANNED_FOR_A_CONDITION * self.prices.planned * len([*conditions_of(node.where)])
        return Part(
            path, node.first, found, planned, opened + self.long(own), self.prices.record + selected.time + self.long(of_row),
            1 + len(own), 1 + selected.values, named + self._members(node.kind, inside(node)), of_record,
            is_list=True, sized=True, varies=varies(node), below=tuple(selected.lists),
        )  # fmt: skip

    def _members(self, kind: Kind, nodes: Iterable[Node]) -> float:
        """The bytes of members of an object, without what is selected of their records."""
        return sum(self.widths.member(kind, node) for node in nodes)

    def _named(self, path: tuple[str, ...]) -> float:
        """The bytes of the key of a part and of the brackets around it."""
        return len(path[-1].encode()) + PUNCTUATION + OBJECT if path else 0.0

    def list_below(self, kind: Kind, node: Page, path: tuple[str, ...], past: bool) -> Part:
        assert node.reverse is not None
        average, one = self.statistics.referring(node.kind, node.reverse.field)
        packed, slower = node.reverse.name in kind.packs, self.slower(past)
        counts, conditions = has(node.parts, TotalCount), [*conditions_of(node.where)]
        reading = self._reading(node, past)
        plain = not conditions and not reading.related and not node.search and node.order == Page.order
        taking = self.prices.unpacked + len(conditions) * self.prices.compared + reading.per_related

        def found(occurs: float, size: float, values: Values | None) -> tuple[float, float]:
            there = max(0.0, occurs - 1) * average + min(1.0, occurs) * one  # One of the records above may be one to which many refer.
            if packed:
                time = (min(there, occurs * size) if plain else there) * taking
            else:
                time = occurs * reading.below(there / max(occurs, 1e-9), size, values)
            time = slower * time + (occurs * self.prices.fetched + there * self.prices.counted if counts else 0.0)
            return there * reading.share(values), time

        most, hottest = self.statistics.most_referring(node.kind, node.reverse.field)
        return replace(self._list(node, path, past, found, self.prices.opened * slower), most=most, hottest=hottest)


def _found_parts(parts: Iterable[Node]) -> Iterator[Node]:
    """What a search selects of what it found, but for the records."""
    for part in parts:
        yield part
        yield from _found_parts(part.parts if isinstance(part, (FoundRecords, PageInfo)) else ())


def _each(part: Part, count: int | Parameter) -> Part:
    """What so many times one record, claim or revision cost, each looked up by itself. One may be named several times, with all that is below it."""

    def found(occurs: float, size: float, values: Values | None) -> tuple[float, float]:
        return size, size * part.found(occurs, 1, values)[1]

    return replace(part, first=count, found=found, below=tuple(map(_repeated, part.below)))


def _repeated(part: Part) -> Part:
    return replace(part, repeats=True, below=tuple(map(_repeated, part.below)))


def _found_records(parts: Iterable[Node]) -> Iterable[FoundRecord]:
    """What a search selects of the records of each kind."""
    for part in parts:
        if isinstance(part, FoundRecords):
            yield from part.records
            yield from _found_records(part.parts)


ROOTS: Mapping[type[Node], Callable[..., Part]] = {
    RecordNode: Costing._record,
    ClaimNode: Costing._claim,
    RecordStates: Costing._states,
    ClaimDocument: Costing._claim_document,
    ClaimSources: Costing._claim_document,
    SourcesNode: Costing._sources,
    Page: Costing._root_page,
    TotalsNode: Costing._totals,
    Revision: Costing._revision,
    RevisionList: Costing._revisions,
    WithheldRows: Costing._withheld,
    Search: Costing._search,
    Check: Costing._check,
}
# Nodes whose cost is that of the node around them, or that of one value.
OTHERS = {
    AddedIn, CheckClaim, CheckEvidence, CheckFigure, CheckSources, CheckTotals, CheckValue, Chosen, ChosenFor, ClaimId, ClaimList, Claims, Column, Constant, ContributingRecords, Disputed, Edges, EndCursor, Evidence, EvidenceClaims, EvidenceSources, FieldProvenance, FoundKind, FoundMatch, FoundRecord, FoundRecords, HasNextPage, HasPreviousPage, Id, LeftOut,
    Link, Links, NextPageUrl, NodeId, NodeList, Nodes, OneParty, OriginCount, PageInfo, Places, Provenance, Reference, Replaces, RowCursor, Snapshot, TotalCount, TotalsRecord,
    TotalsRows, TotalsRule, TotalsValue, Value, Words,
}  # fmt: skip
complete("the costs of nodes in api/costs/cost_tree.py", {*ROOTS, *OTHERS}, Node.__subclasses__())
