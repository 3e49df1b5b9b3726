"""Random claims about a few records, and random changes to them, as collections to load."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import strategies as st

from schema.kinds import KINDS
from schema.model.completeness import complete

from .expected_preference import Claim, World, contradict, identity

SOURCES = [f"s{n}" for n in range(5)]


RECORDS = [f"r{n}" for n in range(4)]


DAYS = st.none() | st.sampled_from(["2024-11-27", "2024-11-28", "2024-12-01"])


TEXTS = st.none() | st.sampled_from(["a", "B", "é", "10", "9", "ä\nb"])


NUMBERS = st.none() | st.integers(0, 3)


# The values of random claims about records of each kind. The collection `base` gives each record its required values.
RANDOM_VALUES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "source": {
        "title": TEXTS, "kind": st.none() | st.sampled_from(["post", "video"]), "url": st.none() | st.sampled_from(["https://a.org/", "https://b.org/"]),
        "publisher": TEXTS, "language": st.none() | st.sampled_from(["en", "ar"]), "reliability": st.none() | st.sampled_from("ABF"),
    },
    "actor": {"native_name": TEXTS, "aliases": st.none() | st.lists(st.sampled_from("xyz"), max_size=2), "active_from": DAYS},
    "location": {
        "name": TEXTS, "kind": st.none() | st.sampled_from(["area", "site"]), "country": st.none() | st.sampled_from(["SYR", "TUR"]),
        "latitude": NUMBERS, "longitude": NUMBERS,
    },
    "event": {
        "name": TEXTS, "kind": st.none() | st.sampled_from(["battle", "shelling"]), "country": st.none() | st.sampled_from(["SYR", "TUR"]),
        "started_on": DAYS, "ended_on": DAYS, "date_precision": st.none() | st.integers(1, 2), "summary": TEXTS,
    },
    "participation": {
        "remark": TEXTS, "event": st.none() | st.sampled_from(RECORDS[:2]), "actor": st.none() | st.sampled_from(RECORDS[:2]),
        "role": st.none() | st.sampled_from(["side_a", "target"]),
    },
    "figure": {
        "event": st.none() | st.sampled_from(RECORDS[:2]), "measure": st.none() | st.sampled_from(["displaced", "returned"]),
        "population": st.none() | st.sampled_from(["civilians", "combatants"]), "basis": st.none() | st.just("flow"),
        "low": NUMBERS, "best": NUMBERS, "high": NUMBERS, "unit": st.none() | st.sampled_from(["people", "households"]),
        "actor": st.none() | st.sampled_from(RECORDS[:2]),
        "period_start": DAYS, "period_end": DAYS, "origin": st.none() | st.sampled_from(["reported", "computed"]),
    },
}  # fmt: skip


REQUIRED_VALUES: dict[str, Claim] = {
    "source": {"title": "T", "kind": "post"}, "actor": {"name": "N", "kind": "unknown"}, "location": {"name": "N", "kind": "area"},
    "event": {"name": "N", "kind": "battle"}, "participation": {"event": "r0", "actor": "r0", "role": "agent"},
    "figure": {"event": "r0", "measure": "displaced"},
}  # fmt: skip


for table, name in ((RANDOM_VALUES, "RANDOM_VALUES"), (REQUIRED_VALUES, "REQUIRED_VALUES")):
    complete(f"{name} in tests/support/random_claims.py", table, KINDS)


CLAIM_ATTRIBUTES = {
    "source": st.sampled_from(SOURCES), "rank": st.sampled_from([None, None, "normal", "preferred", "deprecated"]),
    "credibility": st.none() | st.integers(1, 3), "attributed_to": TEXTS, "locator": TEXTS,
    "quoted_from": st.none() | st.lists(st.sampled_from(SOURCES), max_size=2, unique=True),
    "consulted": st.none() | st.lists(st.sampled_from(SOURCES), min_size=1, max_size=2, unique=True),
}  # fmt: skip


def claims_about(kind: str) -> st.SearchStrategy[list[Claim]]:
    """Claims about records of a kind, each its own, and each with something to say."""
    claim = st.fixed_dictionaries(
        {"id": st.sampled_from(SOURCES if kind == "source" else RECORDS), **CLAIM_ATTRIBUTES, **RANDOM_VALUES[kind]}
    )
    claim = claim.map(lambda claim: _in_order(kind, claim))
    said = claim.filter(lambda claim: any(claim[name] is not None for name in RANDOM_VALUES[kind]))
    return st.lists(said, max_size=8, unique_by=lambda claim: (claim["id"], *identity(claim, "")))


def _in_order(kind: str, claim: Claim) -> Claim:
    """A claim whose spans do not end before they begin, and that has no half of a point."""
    for first, last in (names for names in KINDS[kind].ascending if {*names} <= {*claim} and KINDS[kind].fields[names[0]].type.is_date):
        if claim[first] and claim[last]:
            claim[first], claim[last] = sorted((claim[first], claim[last]))
    degrees = [field.name for field in KINDS[kind].degrees]
    if any(claim[name] is None for name in degrees):
        claim |= dict.fromkeys(degrees)
    return claim


@st.composite
def bases(draw: st.DrawFn) -> dict[str, list[Claim]]:
    """What makes every record, and the weight of every source, those that it relays and the one that it revises."""
    sources = []
    for n, id in enumerate(SOURCES):
        relays = draw(st.lists(st.sampled_from(SOURCES[:n]), max_size=2, unique=True)) if n else []
        reliability, revises = draw(st.none() | st.sampled_from("ABCF")), draw(st.none() | st.sampled_from(SOURCES[:n])) if n else None
        sources.append({"id": id, "reliability": reliability, "published_on": draw(DAYS), "relays": relays or None, "revises": revises})
    named: dict[str, list[Claim]] = {"source": sources, **{kind: [{"id": id} for id in RECORDS] for kind in KINDS if kind != "source"}}
    return {kind: [{**REQUIRED_VALUES[kind], **one, "source": "s0", "locator": "base"} for one in ones] for kind, ones in named.items()}


RANDOM_CLAIMS = st.fixed_dictionaries({kind: claims_about(kind) for kind in KINDS})


def consistent(world: World) -> World:
    """A world without the claims in which a source contradicts what it claims elsewhere about what a record is: no load accepts these."""
    kept: dict[tuple[str, str, str], list[Claim]] = {}
    found: World = {}
    for collection, kinds in sorted(world.items()):  # What `base` says stays, because it is complete.
        for kind, claims in kinds.items():
            for claim in claims:
                stated = kept.setdefault((kind, claim["id"], claim["source"]), [])
                live = claim.get("rank") != "deprecated"
                if not live or not any(contradict(KINDS[kind], claim, other, within=True) for other in stated):
                    found.setdefault(collection, {}).setdefault(kind, []).append(claim)
                    stated += [claim] if live else []
            found.setdefault(collection, {}).setdefault(kind, [])
    return found


WORLDS: st.SearchStrategy[World] = st.fixed_dictionaries({"base": bases(), "one": RANDOM_CLAIMS, "two": RANDOM_CLAIMS}).map(consistent)


# A step from one world to the next is small, because records that it does not touch must be right as well.
Step = tuple[str, str, list[Claim], int]


COLLECTION_STEPS = [st.tuples(st.sampled_from(["one", "two"]), st.just(kind), claims_about(kind), st.integers(0, 2**32)) for kind in KINDS]


BASE_STEPS = st.tuples(st.just("base"), st.just("source"), bases().map(lambda base: base["source"]), st.integers(0, 2**32))


STEPS = st.lists(st.one_of(BASE_STEPS, *COLLECTION_STEPS), min_size=3, max_size=5)


def changed_world(stands: World, at: str, kind: str, others: list[Claim], seed: int) -> World:
    """A world in which one collection says something else about one kind: claims that say other things, are gone, or are new."""
    random = Random(seed)
    claims = {(claim["id"], *identity(claim, at)): claim for claim in stands[at][kind]}
    given = [*RANDOM_VALUES[kind], "rank", "credibility"] if at != "base" else ["reliability", "published_on", "relays", "revises"]
    for other in others:
        same = (other["id"], *identity(other, at))
        if at == "base":
            if random.random() < 0.3:
                claims[same] = {**claims[same], **{name: other[name] for name in given}}
        elif random.random() < 0.5 and claims:
            changed = random.choice(list(claims))
            claims[changed] = {**claims[changed], **{name: other[name] for name in given}}
        else:
            claims[same] = other
    gone = {one for one in claims if at != "base" and random.random() < 0.2}
    return consistent({**stands, at: {**stands[at], kind: [claim for one, claim in claims.items() if one not in gone]}})


def write_world(folder: Path, world: World) -> None:
    for collection, kinds in world.items():
        (folder / collection).mkdir(exist_ok=True)
        for kind, claims in kinds.items():
            text = "".join(json.dumps(claim) + "\n" for claim in claims)
            (folder / collection / f"{KINDS[kind].plural}.ndjson").write_text(text)
