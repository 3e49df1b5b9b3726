"""Rows of files to typed claims, or every problem with its file, line and field."""

from __future__ import annotations

import graphlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from .claim import CLAIM_FIELDS, Claim, Place, Problem
from .kind import Field, Kind, Kinds
from .types import parse_id
from .vocabularies import nearest

# Looking for the nearest id takes a while for each: no longer than this many, and among no more than this many.
CURES, NEAR = 100, 1000


@dataclass(frozen=True)
class Row:
    """One claim as a file has it: untyped values, each with the line it stands on."""

    kind: str
    place: Place
    cells: Mapping[str, object]
    lines: Mapping[str, int] = field(default_factory=dict)

    def at(self, name: str) -> Place:
        return Place(self.place.file, self.lines.get(name, self.place.line))


@dataclass(frozen=True)
class Unresolved:
    """What is right only if the database has a record: a reference to it, or a claim that says too little to make it."""

    kind: str
    id: str
    place: Place
    field: str
    lacks: str = ""  # The required field that nobody gives the record; empty for a reference.


@dataclass
class Checked:
    """What a set of files claims; its problems, which refuse it; and its oddities, which are kept and told."""

    claims: list[Claim] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    oddities: list[Problem] = field(default_factory=list)
    unresolved: list[Unresolved] = field(default_factory=list)
    described: dict[str, set[str]] = field(default_factory=dict)  # The ids that claims are about, by kind.

    def settle_references(self, known: Mapping[str, Iterable[str]]) -> None:
        """Turn what `known` records do not answer into problems."""
        there = {kind: set(ids) for kind, ids in known.items()}
        open = [one for one in self.unresolved if one.id not in there.get(one.kind, ())]
        self.problems += _unanswered(open, self.described)
        self.unresolved = []


def check(kinds: Kinds, rows: Iterable[Row], problems: Iterable[Problem] = ()) -> Checked:
    """Type every row and hold the rules that span rows. `problems` are those already found in reading the files."""
    checked = Checked(problems=list(problems))
    refused: set[tuple[str, str]] = set()  # What else these records lack, nobody can say.
    for row in rows:
        claim = _claim(kinds[row.kind], row, checked.problems)
        if claim is not None:
            checked.claims.append(claim)
        else:
            refused.add((row.kind, str(row.cells.get("id"))))
    checked.problems += _duplicates(checked.claims)
    checked.problems += [problem for kind in kinds.values() for problem in _circles(kind, checked.claims)]
    checked.described = {name: set() for name in kinds}
    for kind, id in refused | {(claim.kind, claim.id) for claim in checked.claims}:
        checked.described[kind].add(id)
    checked.unresolved += _unresolved(kinds, checked)
    checked.unresolved += [one for one in _incomplete(kinds, checked.claims) if (one.kind, one.id) not in refused]
    checked.oddities += [oddity for claim in checked.claims for oddity in _oddities(kinds[claim.kind], claim)]
    return checked


def _claim(kind: Kind, row: Row, problems: list[Problem]) -> Claim | None:
    before = len(problems)
    values: dict[str, object] = {}
    about: dict[str, object] = {}
    for name, cell in row.cells.items():
        if name in ("id", "source") or cell is None:
            continue
        one = kind.fields.get(name) or CLAIM_FIELDS.get(name)
        if one is None:
            known = [*kind.fields, *CLAIM_FIELDS, "id", "source"]
            problems.append(Problem(row.at(name), name, f"is no field of {kind.name}; {nearest(name, known)}"))
        else:
            value = _parsed(one, cell, row.at(name), problems)
            (values if name in kind.fields else about)[name] = value
    id, source = (_identifier(name, row, problems) for name in ("id", "source"))
    if len(problems) > before:
        return None
    if not values:
        problems.append(Problem(row.place, "", f"claims nothing about {kind.name} {id}: give at least one of {', '.join(kind.fields)}"))
        return None
    return Claim(kind.name, id, source, row.place, about, values, row.lines)


def _parsed(one: Field, cell: object, place: Place, problems: list[Problem]) -> object:
    try:
        return one.type.parse(cell)
    except ValueError as problem:
        problems.append(Problem(place, one.name, str(problem)))
        return None


def _identifier(name: str, row: Row, problems: list[Problem]) -> str:
    cell = row.cells.get(name)
    if cell is None:
        cure = "give the record an id that will never change" if name == "id" else "say which source claims this"
        problems.append(Problem(row.at(name), name, f"is missing; {cure}"))
        return ""
    try:
        return str(parse_id(cell))
    except ValueError as problem:
        problems.append(Problem(row.at(name), name, str(problem)))
        return ""


def _duplicates(claims: Iterable[Claim]) -> Iterator[Problem]:
    seen: dict[tuple[object, ...], Place] = {}
    for claim in claims:
        first = seen.setdefault(claim.identity, claim.place)
        if first is not claim.place:
            yield Problem(
                claim.place, "id",
                f"{claim.kind} {claim.id} has the same claim of {claim.source} at {first}; merge the two, or give each its own locator",
            )  # fmt: skip


def _circles(kind: Kind, claims: Iterable[Claim]) -> Iterator[Problem]:
    """A record cannot be part of itself, nor a source relay itself, by whatever way round.

    Where claims differ, or are deprecated, a circle may be none: the load looks at what is settled.
    """
    for one in kind.fields.values():
        if one.type.ref != kind.name:
            continue
        said: dict[str, dict[tuple[str, ...], Claim]] = defaultdict(dict)
        for claim in claims:
            if claim.kind == kind.name and one.name in claim.values and claim.about.get("rank") != "deprecated":
                said[claim.id].setdefault(targets(claim, one), claim)
        links = {id: set(next(iter(ways))) for id, ways in said.items() if len(ways) == 1}
        while circle := _circle(links):
            place = next(iter(said[circle[0]].values())).at(one.name)
            yield Problem(place, one.name, f"goes round in a circle: {' → '.join(circle)}; take one link out")
            links[circle[0]].remove(circle[1])


def _circle(links: Mapping[str, set[str]]) -> list[str]:
    """A way from a record back to itself; empty where there is none."""
    try:
        graphlib.TopologicalSorter(links).prepare()
    except graphlib.CycleError as circle:
        return list(reversed(circle.args[1]))
    return []


def targets(claim: Claim, one: Field) -> tuple[str, ...]:
    """The ids that a reference of a claim names; none where the claim does not speak of it."""
    value = claim.values.get(one.name, claim.about.get(one.name))
    if value is None:
        return ()
    return tuple(str(item) for item in value) if isinstance(value, tuple) else (str(value),)


def _unresolved(kinds: Kinds, checked: Checked) -> Iterator[Unresolved]:
    """References to records that no claim is about."""
    for claim in checked.claims:
        named = [("source", "source", claim.source)]
        for one in (*kinds[claim.kind].fields.values(), *CLAIM_FIELDS.values()):
            if one.type.ref:
                named += [(one.name, one.type.ref, id) for id in targets(claim, one)]
        for name, kind, id in named:
            if id not in checked.described[kind]:
                yield Unresolved(kind, id, claim.at(name), name)


def _incomplete(kinds: Kinds, claims: list[Claim]) -> Iterator[Unresolved]:
    """New records that no claim gives a required field; a record the database has already may be complete there."""
    given: dict[tuple[str, str], set[str]] = defaultdict(set)
    places: dict[tuple[str, str], Place] = {}
    for claim in claims:
        if claim.about.get("rank") != "deprecated":
            given[claim.kind, claim.id].update(name for name, value in claim.values.items() if value is not None)
        places.setdefault((claim.kind, claim.id), claim.place)
    for (kind, id), place in places.items():
        for one in kinds[kind].fields.values():
            if one.required and one.name not in given[kind, id]:
                yield Unresolved(kind, id, place, one.name, lacks=one.name)


def _unanswered(unresolved: Iterable[Unresolved], described: Mapping[str, set[str]]) -> Iterator[Problem]:
    cures: dict[tuple[str, str], str] = {}
    for one in unresolved:
        if one.lacks:
            what = f"no live claim gives {one.kind} {one.id} its {one.lacks}, which every {one.kind} must have"
        else:
            if (one.kind, one.id) not in cures:
                known = described[one.kind] if len(cures) < CURES else set()
                cures[one.kind, one.id] = _or_describe(one.id, one.kind, known)
            what = f"there is no {one.kind} {one.id!r}; {cures[one.kind, one.id]}"
        yield Problem(one.place, one.field, what)


def _or_describe(id: str, kind: str, known: set[str]) -> str:
    if 0 < len(known) <= NEAR:
        return f"{nearest(id, sorted(known))}, or add a claim that describes it"
    return f"add a claim that describes that {kind}"


def _oddities(kind: Kind, claim: Claim) -> Iterator[Problem]:
    """What a source says that cannot well be so. It is kept as said."""
    for names in kind.ascending:
        known = [(name, claim.values[name]) for name in names if claim.values.get(name) is not None]
        for (low, first), (high, second) in pairwise(known):
            if first > second:  # type: ignore[operator]  # fields of one ascending row have one ordered type
                yield Problem(claim.at(low), low, f"{first} is above {high} {second}; kept as the source has it", f"{low}_above_{high}")
