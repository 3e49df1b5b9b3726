"""Whatever is loaded, retracted, undone and withheld, `verify` finds nothing wrong."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import LoadRefused
from api.loading.change import Change
from api.loading.collections import load, retract
from api.loading.undo import undo
from api.loading.verify import verify
from schema.kinds import KINDS

from ..conftest import Databases, Instance
from ..support.properties import examples_that_load, run_property
from ..support.small_world import Claims, document

SOURCES = ("a", "b", "c", "d")


def described(dice: random.Random, id: str) -> dict[str, object]:
    """A source's description, of which any part may change from load to load."""
    others = [other for other in SOURCES if other > id]  # So that no cycle can be formed.
    return {
        key: value
        for key, value in {
            "reliability": dice.choice([None, "A", "F"]),
            "published_on": dice.choice([None, "2024-01-01", "2024-02-02"]),
            "relays": dice.choice([None, dice.sample(others, min(len(others), dice.randint(1, 2)))]),
            "revises": dice.choice([None, None, None, *others[:1]]),
            "redistributable": dice.choice([None, None, True, False]),
        }.items()
        if value or value is False
    }


def claims(dice: random.Random, id: str) -> Claims:
    """Claims about few records, so that sources contradict each other."""
    made: Claims = {"events": [{"id": "e", "name": dice.choice("xyz"), "kind": "battle"}], "figures": [], "sources": []}
    for figure in ("f", "g"):
        if dice.random() < 0.7:
            made["figures"].append({
                "id": figure, "event": "e", "measure": dice.choice(["killed", "injured"]), "best": dice.randint(1, 3), "unit": "people",
                "rank": dice.choice(["normal", "normal", "preferred", "deprecated"]), "credibility": dice.choice([1, 6]),
            })  # fmt: skip
    for other in SOURCES:
        if other != id and dice.random() < 0.4:  # Others may describe a source too, and what they say may be withheld.
            made["sources"].append({"id": other, "title": dice.choice("tuv"), **described(dice, other)})
    return {plural: rows for plural, rows in made.items() if rows}


async def step(instance: Instance, dice: random.Random) -> None:
    """One change to the database, or none where it is refused."""
    newest = (await instance.rows("select coalesce(max(id), 0) from revision"))[0][0]
    with contextlib.suppress(LoadRefused):
        sort = dice.random()
        if sort < 0.15 and newest:
            await undo(KINDS, instance.url, dice.randint(1, newest))
        elif sort < 0.25 and newest:
            await retract(KINDS, instance.url, dice.choice(["one", "two"]), Change())
        else:
            for id in dice.sample(SOURCES, 2):
                collection = "one" if id in ("a", "b") else "two"
                instance.write(f"{collection}/{id}.yaml", document(id, claims(dice, id), **described(dice, id)))
            await load(KINDS, instance.url, instance.folder)


@pytest.mark.nightly
async def test_verify_accepts_every_history(databases: Databases, tmp_path: Path) -> None:
    @examples_that_load(1, nightly=100)
    @given(seed=st.integers(0, 2**32))
    async def accepted(seed: int) -> None:
        dice = random.Random(seed)
        instance = Instance(databases, name := await databases.fresh(), tmp_path / str(seed))
        for id in SOURCES:
            instance.write(f"{'one' if id in ('a', 'b') else 'two'}/{id}.yaml", document(id, claims(dice, id), **described(dice, id)))
        for _ in range(8):
            await step(instance, dice)
            found = [f"{proof.name}: {one}" async for proof in verify(KINDS, instance.url) for one in proof.contradictions]
            assert found == [], found
        await databases.drop(name)

    await run_property(accepted)
