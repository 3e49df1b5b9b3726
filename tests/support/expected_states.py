"""The state of each revision, computed in plain Python from the claims of every load, without a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from schema.model.claim import CLAIM_CONDITIONS, CLAIM_FIELDS, CLAIMED_BY, IDENTITY
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds

from .expected_preference import chosen
from .invented import Cells, fold
from .operators import PYTHON_OPERATORS, comparison_value

Loaded = Mapping[str, Mapping[str, list[Cells]]]  # Rows by collection and by the plural of their kind.
Identity = tuple[Any, ...]
Listed = Mapping[tuple[str, Identity, int], int]  # Where a claim of a kind that came with a revision stands among all claims.


@dataclass(frozen=True, eq=False)
class Claim:
    """A claim as it stands; `number` is the order in which claims came, and is kept while the claim is only changed."""

    number: int
    id: str  # Of the record that it is about.
    collection: str
    cells: Cells  # About the claim and about the record, typed.
    added_in: int

    @property
    def live(self) -> bool:
        return bool(self.cells["rank"] != "deprecated")

    def speaks_of(self, fields: tuple[Field, ...]) -> bool:
        return any(self.cells.get(one.name) is not None for one in fields)


@dataclass(frozen=True, eq=False)
class Fact:
    """A settled record: its values, and for each group of fields the claim that was chosen."""

    kind: Kind
    values: Cells  # The id among them.
    chosen: dict[str, Claim | None]
    claims: list[Claim]
    root: str
    added_in: int = 0

    @property
    def id(self) -> str:
        return str(self.values["id"])

    def version(self) -> tuple[Any, ...]:
        """What of a record makes a new version of it when it differs."""
        chosen = {group: claim and claim.number for group, claim in self.chosen.items()}
        return (self.values, chosen, len(self.claims), self.root)


@dataclass
class State:
    """The claims and the facts as of a revision, by kind and then by identity or id."""

    revision: int = 0
    claims: dict[str, dict[Identity, Claim]] = field(default_factory=dict)
    facts: dict[str, dict[str, Fact]] = field(default_factory=dict)

    def of(self, kind: Kind) -> dict[str, Fact]:
        return self.facts.get(kind.name, {})


def states(kinds: Kinds, loads: list[Loaded], listed: Listed | None = None) -> list[State]:
    """The state of every revision from 0, when there was nothing; each load is one revision, of all that is claimed from then on."""
    found = [State()]
    for revision, loaded in enumerate(loads, 1):
        claims = {kind.name: _merged(found[-1].claims.get(kind.name, {}), kind, loaded, revision, listed) for kind in kinds.settling_order}
        state = State(revision, claims)
        for kind in kinds.settling_order:  # Sources come first: other claims are weighed by them.
            state.facts[kind.name] = dict(_settled(kind, state, found[-1]))
        found.append(state)
    return found


def _merged(stood: dict[Identity, Claim], kind: Kind, loaded: Loaded, revision: int, listed: Listed | None) -> dict[Identity, Claim]:
    """A claim of the same identity is the same claim, and a new version of it where it says something else."""
    number = revision * 1_000_000  # One that comes back is a new claim.
    found: dict[Identity, Claim] = {}
    for collection in sorted(loaded):
        for row in loaded[collection][kind.plural]:
            cells = _cells(kind, row)
            identity = (row["id"], collection, *(cells[name] for name in IDENTITY))
            before, number = stood.get(identity), number + 1
            if before is not None and before.cells == cells:
                found[identity] = before
            else:
                place = before.number if before else number if listed is None else listed[kind.name, identity, revision]
                found[identity] = Claim(place, row["id"], collection, cells, revision)
    return found


def _cells(kind: Kind, row: Cells) -> Cells:
    """The cells of a row as a claim stores them: without quoted sources an empty list, without a rank the normal one."""
    fields = {**CLAIM_FIELDS, **kind.fields}
    cells = {name: _cell(one, row.get(name)) for name, one in fields.items()}
    return cells | {"source": row["source"], "quoted_from": cells["quoted_from"] or (), "rank": cells["rank"] or "normal"}


def _cell(one: Field, value: Any) -> Any:
    value = comparison_value(one, value)
    return tuple(value) if isinstance(value, list) else value


def _settled(kind: Kind, state: State, before: State) -> Iterator[tuple[str, Fact]]:
    claims: dict[str, list[Claim]] = {}
    for claim in sorted(state.claims[kind.name].values(), key=lambda claim: claim.number):
        claims.setdefault(claim.id, []).append(claim)
    weights = None if kind.name == "source" else {id: fact.values for id, fact in state.facts["source"].items()}
    found = {id: _fact(kind, id, about, weights) for id, about in claims.items()}
    for id, fact in found.items():
        made = replace(fact, root=_root(kind, found, id), added_in=state.revision)
        stood = before.of(kind).get(id)
        yield id, replace(made, added_in=stood.added_in) if stood and stood.version() == made.version() else made


def _fact(kind: Kind, id: str, claims: list[Claim], weights: dict[str, Cells] | None) -> Fact:
    """By the rule of settling, group by group."""
    values: Cells = {}
    by_group = chosen(kind, [(claim.cells, claim.collection) for claim in claims], weights)
    best = {group: next((claim for claim in claims if found and claim.cells is found[0]), None) for group, found in by_group.items()}
    for group, claim in best.items():
        values |= {one.name: claim.cells[one.name] if claim else None for one in kind.groups[group]}
    return Fact(kind, {"id": id, **{name: values[name] for name in kind.fields}}, best, claims, id)


def _root(kind: Kind, facts: dict[str, Fact], id: str) -> str:
    """Where following a source to what it revises, or relays, ends. One that draws on several sources is an origin itself."""
    if kind.revises and (before := facts[id].values[kind.revises]) is not None:
        return _root(kind, facts, before)
    via = facts[id].values[kind.root] if kind.root else None
    return _root(kind, facts, via[0]) if via is not None and len(via) == 1 else id


# Conditions on records


def holds(kinds: Kinds, state: State, fact: Fact, where: Mapping[str, Any]) -> bool:
    """Whether a filter object, in the spelling of kinds, holds of a record."""
    return all(_holds(kinds, state, fact, name, asked) for name, asked in where.items())


def _holds(kinds: Kinds, state: State, fact: Fact, name: str, asked: Any) -> bool:
    if name == "and":
        return all(holds(kinds, state, fact, one) for one in asked)
    if name == "or":
        return any(holds(kinds, state, fact, one) for one in asked)
    if name == "not":
        return not holds(kinds, state, fact, asked)
    if name in fact.kind.reverses:
        return _related(kinds, state, fact, name, asked)
    if name in fact.kind.columns:
        link, field = fact.kind.columns[name].split(".")
        return holds(kinds, state, fact, {link: {"match": {field: asked}}})
    if name in CLAIM_CONDITIONS:
        of_claims = [claim.cells["source"] if name == CLAIMED_BY else claim.collection for claim in fact.claims]
        return all(
            any(_meets(kinds, state, CLAIM_CONDITIONS[name], have, how, value) for have in of_claims) for how, value in asked.items()
        )
    one = fact.kind.fields.get(name)
    return all(_meets(kinds, state, one, fact.values[name], operator, value) for operator, value in asked.items())


def _related(kinds: Kinds, state: State, fact: Fact, name: str, asked: Mapping[str, Any]) -> bool:
    """Whether as many of the records that refer to a record meet conditions."""
    reverse = fact.kind.reverses[name]
    referring = [other for other in state.of(reverse.kind).values() if other.values[reverse.field.name] == fact.id]

    def number(where: Mapping[str, Any]) -> int:
        return sum(holds(kinds, state, other, where) for other in referring)

    compared = {how: value for how, value in asked.get("count", {}).items() if how != "where"}
    counted = number(asked.get("count", {}).get("where", {}))
    return (
        ("some" not in asked or number(asked["some"]) > 0)
        and ("none" not in asked or number(asked["none"]) == 0)
        and all(PYTHON_OPERATORS[how](counted, value) for how, value in compared.items())
    )


def _meets(kinds: Kinds, state: State, one: Field | None, have: Any, operator: str, asked: Any) -> bool:
    if operator not in ("match", "within"):
        return PYTHON_OPERATORS[operator](have, asked if operator == "known" else comparison_value(one, asked))
    assert one is not None and one.type.ref is not None
    target = kinds[one.type.ref]
    if operator == "within":
        return have is not None and asked in above(kinds, state, target, have)
    return have is not None and holds(kinds, state, state.of(target)[have], asked)


def above(kinds: Kinds, state: State, kind: Kind, id: str) -> Iterator[str]:
    """A record, and all that it is part of, one within the other."""
    nesting = kinds.nesting_field(kind)
    assert nesting is not None
    larger: str | None = id
    while larger is not None:
        yield larger
        larger = state.of(kind)[larger].values[nesting.name]


def searched(kinds: Kinds, state: State, fact: Fact, words: str) -> bool:
    """Whether every word occurs in the record's names, in those of what finds it, or in one of its codes, whatever its case and accents."""
    return all(_has_word(kinds, state, fact, word) for word in words.split())


def _has_word(kinds: Kinds, state: State, fact: Fact, word: str) -> bool:
    names = [fact.values[one.name] for one in fact.kind.searched]
    whole = fold(" ".join(" ".join(name) if isinstance(name, tuple) else name for name in names if name is not None))
    if names and fold(word) in whole:
        return True
    for name in fact.kind.finds:
        field, value = fact.kind.fields[name], fact.values[name]
        if value is None:
            continue
        if field.type.ref:
            target = state.of(kinds[field.type.ref])[value]
            if _has_word(kinds, state, target, word):
                return True
        elif field.type.vocabulary and value in field.type.vocabulary.codes_with(word):
            return True
    return False
