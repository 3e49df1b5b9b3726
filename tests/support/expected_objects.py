"""The value of each field of each object of the GraphQL schema, in plain Python, from the expected state of each revision.

One module, although long: it has one short function for each type of object.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

from schema.model.claim import CLAIM_FIELDS
from schema.model.field import Field
from schema.model.kind import Kind, Reverse
from schema.model.kinds import Kinds
from schema.surfaces.graphql.names import camel

from .disputes import is_disputed
from .expected_preference import contradict
from .expected_states import Claim, Fact, State, holds, searched
from .graphql_arguments import OTHER_LISTS, Given, directions, size, spelt, terms
from .invented import comparable, ordered


class Thing(Protocol):
    """A value of an object type of the schema."""

    def get(self, name: str, given: Given) -> Any: ...


@dataclass(frozen=True)
class World:
    """The states of all revisions from 0 on, and the rows of the revisions by number."""

    kinds: Kinds
    states: list[State]
    revisions: dict[int, Given]
    named: bool = False  # Whether global ids name the revision: in snapshots, and after the cursor of an earlier revision.

    def node_id(self, kind: Kind, id: str, state: State) -> str:
        return f"{kind.name}:{id}" + (f"@{state.revision}" if self.named else "")

    def at(self, given: Given) -> State:
        """The state of the revision or time that a snapshot names."""
        if given.get("revision") is not None:
            return self.states[given["revision"]]
        time = moment(given["asOf"])
        return self.states[max((number for number, row in self.revisions.items() if moment(row["recordedAt"]) <= time), default=0)]


def moment(text: str) -> dt.datetime:
    """A point in time; a date means its end."""
    time = dt.datetime.fromisoformat(text if "T" in text else f"{text}T23:59:59.999999")
    return time if time.tzinfo else time.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Roots:
    """Query, and a snapshot."""

    world: World
    state: State

    def get(self, name: str, given: Given) -> Any:
        if name == "snapshot":
            return Roots(replace(self.world, named=True), self.world.at(given))
        known = {number: Row(row) for number, row in self.world.revisions.items() if number <= self.state.revision}
        if name == "revision":
            return known.get(self.state.revision if given.get("id") is None else number(given["id"]))
        if name == "revisions":
            at = {
                number: Cursor(OTHER_LISTS["revisions"], self.state.revision, (number,), self.world.named)
                for number in sorted(known, reverse=True)
            }
            return Connection({cursor: known[number] for number, cursor in at.items()}, given)
        if name == "withheld":
            return []  # In no world of these tests anything is; tests/loading/test_withholding.py is about those where it is.
        for kind in self.world.kinds.values():
            if name == camel(kind.name):
                return record(self.world, self.state, kind, given["id"].removeprefix(f"{kind.name}:"))
            if name == camel(kind.plural):
                return Page(self.world, self.state, kind, given)
        raise KeyError(name)


def number(id: Any) -> int:
    """The number in the id of a revision; 0 in anything else."""
    text = str(id).removeprefix("revision:")
    return int(text) if text.isascii() and text.isdigit() else 0


@dataclass(frozen=True)
class Row:
    """A revision, with its values by field name."""

    cells: Given

    def get(self, name: str, given: Given) -> Any:
        return self.cells[name]


# Records and claims


@dataclass(frozen=True)
class Record:
    world: World
    state: State
    fact: Fact

    def get(self, name: str, given: Given) -> Any:
        kind, fact = self.fact.kind, self.fact
        if name == "id":
            return self.world.node_id(kind, fact.id, self.state)
        if name in ("slug", "addedIn"):
            return fact.id if name == "slug" else fact.added_in
        if name == "provenance":
            return Provenance(self)
        if name == "claims":
            said = [Testimony(self, claim) for claim in fact.claims]
            shown_claims = {one.cursor: one for one in said if one.claim.live or given.get("deprecated")}
            return Connection(shown_claims, given, [one.cursor for one in said])
        for one in kind.fields.values():
            if name == camel(one.name):
                return shown(self.world, self.state, one, fact.values[one.name])
        for reverse in kind.reverses.values():
            if name == camel(reverse.name):
                return Page(self.world, self.state, reverse.kind, given, reverse, fact)
        raise KeyError(name)


def record(world: World, state: State, kind: Kind, id: str) -> Record | None:
    fact = state.of(kind).get(id)
    return Record(world, state, fact) if fact else None


def shown(world: World, state: State, one: Field, value: Any) -> Any:
    """A value as GraphQL has it: records for ids, codes in upper case."""
    if value is None:
        return None
    if one.type.ref is not None:
        kind = world.kinds[one.type.ref]
        return [record(world, state, kind, id) for id in value] if one.type.many else record(world, state, kind, value)
    return value.upper() if one.type.vocabulary and not one.type.levels else value


@dataclass(frozen=True)
class Testimony:
    """A claim about a record or, with a field, about that field."""

    record: Record
    claim: Claim
    one: Field | None = None

    def get(self, name: str, given: Given) -> Any:
        world, state, kind = self.record.world, self.record.state, self.record.fact.kind
        if name == "id":
            return self._id()
        if name == "addedIn":
            return self.claim.added_in
        if name == "source":
            return record(world, state, world.kinds["source"], self.claim.cells["source"])
        if name == "chosenFor":
            given_by = [one for one in kind.fields.values() if self.claim.cells[one.name] is not None]
            return [one.name.upper() for one in given_by if self.record.fact.chosen[one.group_name] is self.claim]
        if self.one is not None and name == "chosen":
            return self.record.fact.chosen[self.one.group_name] is self.claim
        if self.one is not None and name == "value":
            return shown(world, state, self.one, self.claim.cells[self.one.name])
        for one in CLAIM_FIELDS.values():
            if name == camel(one.name):
                return shown(world, state, one, self.claim.cells[one.name] or ([] if one.type.many else None))
        for one in kind.fields.values() if self.one is None else ():
            if name == camel(one.name):
                return shown(world, state, one, self.claim.cells[one.name])
        raise KeyError(name)

    @property
    def cursor(self) -> Cursor:
        return Cursor(OTHER_LISTS["claims"], self.record.state.revision, (self._digest(),), self.record.world.named)

    def _digest(self) -> str:
        fact, cells = self.record.fact, self.claim.cells
        quoted = "\x1e".join(cells["quoted_from"] or ())
        parts = (fact.kind.name, fact.id, cells["source"], quoted, cells["attributed_to"], cells["locator"], self.claim.collection)
        return hashlib.sha256("\x1f".join(part or "" for part in parts).encode()).hexdigest()[:12]

    def _id(self) -> str:
        fact = self.record.fact
        record, _, revision = self.record.world.node_id(fact.kind, fact.id, self.record.state).partition("@")
        about = f".{self.one.name}" if self.one else ""
        return f"claim:{record}:{self._digest()}{about}" + (f"@{revision}" if revision else "")


@dataclass(frozen=True)
class Provenance:
    record: Record

    def get(self, name: str, given: Given) -> Any:
        return FieldProvenance(self.record, next(one for one in self.record.fact.kind.fields.values() if camel(one.name) == name))


@dataclass(frozen=True)
class FieldProvenance:
    """The provenance of one field. A group of fields is settled together, so its fields share their claims."""

    record: Record
    one: Field

    def get(self, name: str, given: Given) -> Any:
        fact, group = self.record.fact, self.record.fact.kind.groups[self.one.group_name]
        speaking = [claim for claim in fact.claims if claim.speaks_of(group)]
        if name == "claims":
            return [Testimony(self.record, claim, self.one) for claim in speaking if claim.live or given.get("deprecated")]
        told = {claim: tuple(claim.cells[one.name] for one in group) for claim in speaking if claim.live}
        if name == "disputed":
            return is_disputed(self.record.fact.kind, self.one.name, [claim.cells for claim in told])
        if name == "origins":
            published = tuple(fact.values[one.name] for one in group)
            same = [claim for claim in told if not contradict(fact.kind, claim.cells, fact.values)]
            agreeing = [claim for claim in same if told[claim] == published and fact.values[self.one.name] is not None]
            return len({root for claim in agreeing for root in self._roots(claim)})
        raise KeyError(name)

    def _roots(self, claim: Claim) -> Iterator[str]:
        """The roots of the sources that a claim quotes or, if it quotes none, of its own source."""
        sources = self.record.state.facts["source"]
        return (sources[voice].root for voice in claim.cells["quoted_from"] or (claim.cells["source"],))


# Lists


@dataclass(frozen=True)
class Cursor:
    """A place in a list: that of the record with these values in this order, in a revision."""

    terms: tuple[tuple[str, bool], ...]
    revision: int
    values: tuple[Any, ...]
    named: bool  # Whether global ids named the revision.

    @property
    def of_records(self) -> bool:
        return self.terms not in OTHER_LISTS.values()

    def precedes(self, values: tuple[Any, ...]) -> bool:
        """Whether a record with these values comes after the place. Unknown values come last in both directions."""
        for (_, descending), here, there in zip(self.terms, self.values, values, strict=True):
            if here == there:
                continue
            if here is None or there is None:
                return there is None
            return bool(there < here if descending else there > here)
        return False


class Connection:
    """A page of a list, by the places of its items. `places`: those that a cursor may have; by default, those of the items."""

    def __init__(self, items: dict[Cursor, Any], given: Given, places: list[Cursor] | None = None) -> None:
        self.items, self.total = items, len(items)
        self.after, self.before = given.get("after"), given.get("before")
        self.backward = directions(given) == {"backward"}
        at = [cursor.values for cursor in (items if places is None else places)]
        found = list(items)
        if self.after is not None and self.after.values in at:
            found = [cursor for cursor in found if at.index(cursor.values) > at.index(self.after.values)]
        if self.before is not None and self.before.values in at:
            found = [cursor for cursor in found if at.index(cursor.values) < at.index(self.before.values)]
        self.shown = found[-size(given) :] if self.backward else found[: size(given)]
        self.more = len(found) > len(self.shown)

    def get(self, name: str, given: Given) -> Any:
        if name == "totalCount":
            return self.total
        if name == "nodes":
            return [self.items[cursor] for cursor in self.shown]
        if name == "edges":
            return [Row({"cursor": cursor, "node": self.items[cursor]}) for cursor in self.shown]
        assert name == "pageInfo"
        ends = {"startCursor": self.shown[0], "endCursor": self.shown[-1]} if self.shown else {}
        more = (self.before is not None, self.more) if self.backward else (self.more, self.after is not None)
        return Row({"hasNextPage": more[0], "hasPreviousPage": more[1], "startCursor": None, "endCursor": None, **ends})


class Page(Connection):
    """A page of records of a kind, or of those that refer to one; after a cursor, as of its revision."""

    def __init__(
        self, world: World, state: State, kind: Kind, given: Given, reverse: Reverse | None = None, parent: Fact | None = None
    ) -> None:
        self.kind, self.names = kind, {camel(name): name for name in kind.fields} | {"slug": "id"}
        cursor = given.get("after") or given.get("before")
        self.world, self.state = world, world.states[cursor.revision] if cursor else state
        if self.state is not world.states[-1] or (cursor and cursor.named):
            self.world = replace(world, named=True)
        self.terms = terms(given)
        where = spelt(world.kinds, kind, given.get("where") or {})
        self.found = {
            fact.id: fact for fact in self.state.of(kind).values()
            if (reverse is None or parent is None or fact.values[reverse.field.name] == parent.id)
            and holds(world.kinds, self.state, fact, where)
            and (given.get("search") is None or searched(world.kinds, self.state, fact, given["search"]))
        }  # fmt: skip
        rows = [fact.values for fact in self.found.values()]
        listed = ordered(kind, rows, [(self.names[name], descending) for name, descending in self.terms])
        within = [
            id for id in listed
            if (given.get("after") is None or given["after"].precedes(self.cursor(id).values))
            and (given.get("before") is None or self.cursor(id).precedes(given["before"].values))
        ]  # fmt: skip
        super().__init__({self.cursor(id): Record(self.world, self.state, self.found[id]) for id in within}, given, [])
        self.total = len(listed)

    def cursor(self, id: str) -> Cursor:
        names = [self.names[name] for name, _ in self.terms]
        values = tuple(comparable(self.kind.fields.get(name), self.found[id].values[name]) for name in names)
        return Cursor(tuple(self.terms), self.state.revision, values, self.world.named)
