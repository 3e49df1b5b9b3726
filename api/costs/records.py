"""What a record takes for each time that it is written: its values, the records it refers to, the claims about it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..pauses import pause
from ..query.nodes import (
    ChosenFor,
    ClaimList,
    Claims,
    Constant,
    Evidence,
    EvidenceSources,
    FieldProvenance,
    Link,
    Links,
    Node,
    Nodes,
    OriginCount,
    Page,
    Provenance,
    Reference,
    Replaces,
    Value,
    Words,
)
from ..sql.answering.records import SOURCE
from .cost import Part
from .parts import inside
from .prices import Prices
from .statistics import Statistics
from .widths import OBJECT, PUNCTUATION, Widths

FIELDS_OF_AN_ENTRY = 8  # To prepare what is known of a field takes as long as to prepare so many fields.
SHORT = 64  # Bytes of a member of an object, with its key, that is written in the time of a field.
FIELDS_OF_A_LINK = 3  # To prepare a link takes as long as to prepare so many fields.


@dataclass
class Selected:
    """What a selection takes for each record: a time, how many values it writes, how many it can, their bytes, and the lists in it."""

    time: float = 0.0
    fields: int = 0  # In the statement, which is planned.
    values: int = 0
    size: float = 0.0
    lists: list[Part] = field(default_factory=list)

    def repeated(self) -> Selected:
        """The same of a record that many rows may refer to."""
        self.lists = [replace(part, repeats=True) for part in self.lists]
        return self

    def add(self, other: Selected, times: float = 1.0) -> None:
        """Add what is selected of other records, of which there are some for each record."""
        self.time += other.time * times
        self.fields += other.fields
        self.values += other.values
        self.size += other.size * times
        self.lists += [replace(part, times=part.times * times) for part in other.lists]


class RecordCosting(ABC):
    """Adds up what the nodes of a record take. The lists below it are made by `list_below`."""

    def __init__(self, kinds: Kinds, statistics: Statistics, prices: Prices) -> None:
        self.kinds, self.statistics, self.prices, self.widths = kinds, statistics, prices, Widths(statistics)

    @abstractmethod
    def list_below(self, kind: Kind, node: Page, path: tuple[str, ...], past: bool) -> Part:
        """The cost of a list below a record of a kind."""

    def slower(self, past: bool) -> float:
        return self.prices.past if past else 1.0

    def scan(self, table: str) -> float:
        """The time to read a whole table."""
        return self.statistics.pages.get(table, 0.0) * self.prices.page + self.statistics.rows.get(table, 0.0) * self.prices.row

    def selected(self, kind: Kind, selection: Sequence[Node], path: tuple[str, ...], past: bool, table: str = "") -> Selected:
        """What a selection takes for each record of a kind or, with the `table` of claims, for each claim about one."""
        selected = Selected()
        for node in selection:
            self._add(selected, kind, node, path, past, table)
        return selected

    def _add(self, selected: Selected, kind: Kind, node: Node, path: tuple[str, ...], past: bool, table: str) -> None:
        prices, slower = self.prices, self.slower(past)
        pause()
        selected.values += 1
        selected.fields += 1
        selected.time += prices.field
        self._write_member(selected, kind, node, table)
        match node:
            case Page():
                selected.lists.append(self.list_below(kind, node, (*path, node.key), past))
            case Value() if node.field.name in kind.computed:
                selected.time += prices.fetched * slower
            case Link() | Links():
                self._add_link(selected, kind, node, path, past, table)
            case Replaces():
                selected.time += prices.fetched * slower
            case Reference():
                selected.time += 0.0 if kind.packs else prices.fetched * slower
            case ClaimList():
                self._add_claims(selected, kind, [node], path, past)
            case Provenance():
                parts = [part for field in node.fields if isinstance(field, FieldProvenance) for part in field.parts]
                selected.values += len(node.fields)
                self.write(selected, sum(self.widths.member(kind, field) for field in node.fields), free=SHORT * len(node.fields))
                self._add_claims(selected, kind, parts, path, past)
            case Evidence():
                self._add_evidence(selected, kind, node, past)
            case EvidenceSources():
                selected.size += self.size_of_sources(kind, node.selection, path, past)
            case Words():
                selected.time += (prices.opened + prices.fetched) * slower + prices.said
                selected.add(self.selected(kind, node.selection, (*path, node.key), past))
            case ChosenFor():
                selected.time += len(node.names) * prices.compared

    def _write_member(self, selected: Selected, kind: Kind, node: Node, table: str) -> None:
        """Add the bytes of a member of an object. What is no value has a price of its own, which includes those that it writes beside its key."""
        size = self.widths.member(kind, node, table)
        self.write(selected, size, free=SHORT if isinstance(node, (Value, Constant)) else max(SHORT, size - len(node.key)))

    def long(self, nodes: Iterable[Node]) -> float:
        """The time to write what is long of the keys of members of an object."""
        return self.prices.byte * sum(max(0, len(node.key) + PUNCTUATION - SHORT) for node in nodes)

    def write(self, selected: Selected, size: float, times: float = 1.0, free: float = SHORT) -> None:
        """Add the bytes of a value, which is written so many times. The price of a field includes those of a short one."""
        selected.size += size * times
        selected.time += max(0.0, size - free) * times * self.prices.byte

    def size_of_sources(self, kind: Kind, selection: Sequence[Node], path: tuple[str, ...], past: bool) -> float:
        """The bytes of the sources that the claims about one record refer to, each of which a response has once."""
        sources = self.statistics.columns.get((f"{kind.name}_claim", SOURCE.name), self.statistics.nothing)
        each = self.widths.id(SOURCE.type.ref or "") + OBJECT + self.selected(self.kinds[SOURCE.type.ref or ""], selection, path, past).size
        return each * min(self.statistics.claims_of(kind), sources.distinct / self.statistics.rows_of(kind.name))

    def _add_evidence(self, selected: Selected, kind: Kind, node: Evidence, past: bool) -> None:
        """Claims are read once, and each field compares them. Its expressions are long: a field takes as long to prepare as some others."""
        claims, slower, sources = self.statistics.claims_of(kind), self.slower(past), self.kinds[SOURCE.type.ref or ""]
        each = self.prices.claim + self.prices.origin + len(sources.fields) * self.prices.field
        selected.time += self.prices.opened + slower * (claims * each + len(node.fields) * self.prices.entry)
        selected.fields += FIELDS_OF_AN_ENTRY * len(node.fields)
        selected.values += len(node.fields)

    def _add_link(self, selected: Selected, kind: Kind, node: Link | Links, path: tuple[str, ...], past: bool, table: str) -> None:
        target = self.kinds[node.field.type.ref or ""]
        linked = self.selected(target, node.selection, (*path, node.key), past).repeated()
        linked.fields += FIELDS_OF_A_LINK
        if isinstance(node, Links):
            linked.time += self.prices.fetched * self.slower(past)
            selected.time += self.prices.opened
            selected.add(linked, self.statistics.items(table or kind.name, node.field))
            return
        if not (node.field.name in kind.packs and not past):
            linked.time += self.prices.fetched * self.slower(past)
        selected.add(linked)

    def _add_claims(self, selected: Selected, kind: Kind, parts: Sequence[Node], path: tuple[str, ...], past: bool) -> None:
        """Claims about a record are read once for all parts, with what they select of their sources; each part writes some of them."""
        claims, slower = self.statistics.claims_of(kind), self.slower(past)
        nodes = [node for part in parts for selection in _of_claims(part) for node in selection]
        sources = Counter(node.selection for node in nodes if isinstance(node, Link) and node.field == SOURCE)
        for selection, written in sources.items():
            source = self.selected(self.kinds[SOURCE.type.ref or ""], selection, path, past).repeated()
            selected.add(source, claims)
            self.write(selected, source.size, claims * (written - 1))
        selected.time += self.prices.opened + claims * self.prices.claim * slower
        selected.values += len(parts)
        selected.fields += FIELDS_OF_AN_ENTRY * len(parts)
        for part in parts:
            self._write_part(selected, kind, part, claims)
            for selection in _of_claims(part):
                own = tuple(node for node in selection if not (isinstance(node, Link) and node.field == SOURCE))
                selected.add(self.selected(kind, own, path, past, f"{kind.name}_claim"), claims)
            if isinstance(part, OriginCount):
                selected.time += (self.prices.origin + claims * self.prices.claim) * slower
            elif not isinstance(part, (Claims, ClaimList)):
                selected.time += claims * self.prices.compared

    def _write_part(self, selected: Selected, kind: Kind, part: Node, claims: float) -> None:
        """Add the bytes of what is known of one field or of a list of claims, but for what is selected of each claim."""
        for node in inside(part, records=False) if isinstance(part, ClaimList) else (part,):
            self.write(selected, self.widths.member(kind, node))
        for selection in _of_claims(part):
            links = [node for node in selection if isinstance(node, Link) and node.field == SOURCE]
            self.write(selected, sum(self.widths.member(kind, node) for node in links), claims)


def _of_claims(part: Node) -> list[tuple[Node, ...]]:
    """What a part selects of each claim."""
    if isinstance(part, Claims):
        return [part.selection]
    return [one.selection for one in inside(part) if isinstance(one, Nodes)] if isinstance(part, ClaimList) else []
