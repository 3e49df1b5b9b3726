"""What the collections of a server contain: from whom, under which licence, up to which day; read once for each revision."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..query.nodes import Condition, Id, Node, Nodes, Page, Query, Value, Where
from ..sql.answering.collection_counts import collections, records_claimed
from ..store.allowance import ACCOUNT
from ..store.side_thread import beside
from ..store.store import Answer, Store
from .per_revision import OncePerRevision
from .queries import SOURCE_FIELDS

COST = 20_000  # Of reading what a source speaks of, at most; what it does not take is given back.
MAX_SOURCES = 1000  # Of all collections, whose titles and licences are read.
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Contribution:
    """A source of a collection: the claims that it makes there."""

    source: Document
    claims: int


@dataclass(frozen=True)
class Collection:
    """One collection, by the name of its folder."""

    name: str
    contributions: tuple[Contribution, ...]  # The sources, those with the most claims first.
    records: Mapping[str, int]  # The numbers of records by the plural of their kind.
    claims: int
    first: int  # The revision that added the oldest of its claims.
    last: int  # The revision that added the newest.
    day: str  # The last day that it speaks of; empty if it names none.

    @property
    def publishers(self) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(str(one.source.get("publisher") or one.source.get("title") or one.source["id"]) for one in self.contributions)
        )

    @property
    def attributions(self) -> tuple[str, ...]:
        """What its sources ask to print beside their numbers, those with the most claims first."""
        return tuple(dict.fromkeys(str(one.source["attribution"]) for one in self.contributions if one.source.get("attribution")))

    @property
    def licences(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(one.source["license"]) for one in self.contributions if one.source.get("license")))


class Collections:
    """The collections of a database."""

    def __init__(self, kinds: Kinds, store: Store) -> None:
        self.kinds, self.store = kinds, store
        self.once = OncePerRevision(store, self._read)

    async def all(self) -> tuple[Collection, ...]:
        """The collections of the newest revision, by name. Raises Unavailable or TooSlow."""
        return await self.once.get()

    async def _read(self) -> tuple[Collection, ...]:
        row = await self.store.pool.answer(collections(self.kinds))
        rows = await beside(json.loads, row[2])
        answer = await self.store.answer(Query((self._sources({one["source"] for one in rows if one["source"]}),)))
        return await beside(self._collections, rows, answer)

    def _collections(self, rows: list[Document], answer: Answer) -> tuple[Collection, ...]:
        sources = {source["id"]: source for source in json.loads(answer.roots[0] or "{}")["data"]}
        names = sorted({one["collection"] for one in rows})
        return tuple(self._collection(name, [one for one in rows if one["collection"] == name], sources) for name in names)

    def _sources(self, ids: set[str]) -> Page:
        kind = self.kinds["source"]
        parts: tuple[Node, ...] = (Id("id"), *(Value(name, kind.fields[name]) for name in SOURCE_FIELDS if name in kind.fields))
        where = Where("all", (Condition(None, "one_of", tuple(sorted(ids)[:MAX_SOURCES])),))
        return Page("sources", kind, (Nodes("data", parts),), where=where, first=MAX_SOURCES)

    def _collection(self, name: str, rows: list[Document], sources: Mapping[str, Document]) -> Collection:
        claims: Counter[str] = Counter()
        for row in rows:
            if row["source"]:
                claims[row["source"]] += row["claims"]
        records = {self.kinds[row["kind"]].plural: row["records"] for row in rows if not row["source"]}
        contributions = tuple(Contribution(sources.get(id) or {"id": id}, number) for id, number in claims.most_common())
        days = [row["day"] for row in rows if row["day"]]
        return Collection(
            name, contributions, records, claims.total(), min(row["first"] for row in rows), max(row["last"] for row in rows),
            max(days, default=""),
        )  # fmt: skip


async def claimed_by(kinds: Kinds, store: Store, source: str, first: int) -> dict[Kind, list[Document]]:
    """The ids and the names of records that a source makes claims about: at most `first` of each kind that has names or numbers."""
    with ACCOUNT.get().pay(COST):
        row = await store.pool.answer(records_claimed(kinds, source, first))
    found = {kind: json.loads(row[kind.name]) for kind in kinds.values() if kind.label or kind.quantities}
    return {kind: records for kind, records in found.items() if records}
