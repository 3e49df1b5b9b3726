"""What is called disputed: a field of which claims give different values, or values that exclude each other, and nothing beside it."""

from __future__ import annotations

import csv
import json
import re
from typing import Any

import pytest

from ..conftest import Instance, source
from ..support.evidence import unfolded

Claims = tuple[dict[str, Any], dict[str, Any]]
FIELDS = ("low", "best", "high", "quantifier", "unit")
PAIRS: dict[str, tuple[Claims, str, bool]] = {  # What two sources say; the fields that are disputed; whether the number is.
    "best": (({"low": 40, "best": 40, "high": 79}, {"low": 40, "best": 79, "high": 79}), "best", True),
    "low": (({"low": 30, "best": 50}, {"low": 40, "best": 50}), "low", True),
    "silent": (({"low": 40, "quantifier": "at_least"}, {"low": 40, "best": 50}), "", False),
    "same": (({"low": 40, "best": 50}, {"low": 40, "best": 50}), "", False),
    "compatible": (({"low": 40, "quantifier": "at_least"}, {"best": 50, "quantifier": "approximately"}), "quantifier", False),
    "excluded": (({"best": 100, "quantifier": "exact"}, {"low": 500, "quantifier": "more_than"}), "low best quantifier", True),
    "excluded-itself": (({"best": 100}, {"low": 100, "quantifier": "more_than"}), "low best", True),
    "included-itself": (({"best": 100}, {"low": 100, "quantifier": "at_least"}), "", False),
    "below": (({"high": 100, "quantifier": "less_than"}, {"low": 100, "quantifier": "at_least"}), "low high quantifier", True),
    "units": (({"best": 40, "unit": "people"}, {"best": 40, "unit": "households"}), "best unit", True),
    "words": (({"best": 50, "quantifier": "exact"}, {"best": 50, "quantifier": "approximately"}), "quantifier", False),
}  # fmt: skip


async def load(instance: Instance) -> None:
    text = [source(name) + "claims:\n" for name in ("first", "second")]
    text[0] += "  events:\n" + "".join(f"    - {{id: e-{name}, name: E, kind: battle, country: SYR}}\n" for name in PAIRS)
    for n in (0, 1):
        text[n] += "  figures:\n"
        for name, (claims, _, _) in PAIRS.items():
            said = {"id": name, "event": f"e-{name}", "measure": "displaced", "unit": "people", "basis": "flow", **claims[n]}
            text[n] += f"    - {json.dumps(said)}\n"
    await instance.load(first=text[0], second=text[1])


@pytest.mark.parametrize("revision", [None, 1])
async def test_a_field_is_disputed_by_other_values_of_that_field_on_every_surface(instance: Instance, revision: int | None) -> None:
    await load(instance)
    if revision:
        await instance.load(third=source("third") + "claims:\n  figures:\n    - {id: low, best: 51, unit: people}\n")
    pinned = f"&revision={revision}" if revision else ""
    rest = {row["id"]: unfolded(row) for row in (await instance.get(f"/v1/figures?limit=100&provenance=*{pinned}"))["data"]}
    proofs = " ".join(f"{name} {{ disputed }}" for name in FIELDS)
    asked = f"figures(first: 100) {{ nodes {{ slug provenance {{ {proofs} }} }} }}"
    query = f"{{ snapshot(revision: {revision}) {{ {asked} }} }}" if revision else f"{{ {asked} }}"
    answer = (await instance.client.post("/graphql", json={"query": query})).json()["data"]
    graphql = {row["slug"]: row["provenance"] for row in (answer["snapshot"] if revision else answer)["figures"]["nodes"]}
    text = (await instance.client.get(f"/v1/figures.csv?fields=*&provenance={','.join(FIELDS)}{pinned}")).text
    table = {row["id"]: row for row in csv.DictReader(text.splitlines())}
    for name, (_, fields, disputed) in PAIRS.items():
        assert {field for field in FIELDS if rest[name].get(field, {}).get("disputed")} == set(fields.split()), name
        assert {field for field in FIELDS if graphql[name][field]["disputed"]} == set(fields.split()), name
        assert {field for field in FIELDS if table[name][f"{field}.disputed"] == "true"} == set(fields.split()), name
        assert table[name]["disputed"] == str(disputed).lower(), name
        rows = (await instance.get(f"/v1/figures/totals?event=e-{name}{pinned}"))["data"]
        assert [row["disputed"] for row in rows] == [disputed], name
    (row,) = (await instance.get(f"/v1/figures/totals?unit=people{pinned}"))["data"]
    assert row["disputed"] == sum(disputed for _, _, disputed in PAIRS.values())


async def test_pages_cards_and_words_call_the_same_disputed(instance: Instance) -> None:
    await load(instance)
    for name, (_, fields, disputed) in PAIRS.items():
        page = (await instance.client.get(f"/figures/{name}", headers={"accept": "text/html"})).text
        assert set(re.findall(r'<div id="(\w+)" class="is-disputed">', page)) == set(fields.split()), name
        said = (await instance.get(f"/v1/figures/{name}?words=en"))["data"]["words"]
        card = (await instance.client.get(f"/embed/figures/{name}")).text
        assert ("disputed" in said, 'class="disputed"' in card) == (disputed, disputed), name


@pytest.mark.parametrize("revision", [None, 1])
async def test_days_that_are_settled_apart_exclude_each_other_on_every_surface(instance: Instance, revision: int | None) -> None:
    """The first and the last day of an actor are groups of their own: a claim that gives only one of them may exclude the other."""
    said: dict[
        str, tuple[dict[str, str], dict[str, str], set[str]]
    ] = {  # What two sources say of the days of an actor, and which of these are disputed.
        "opposed": ({"active_to": "2024-01-01"}, {"active_from": "2046-01-01"}, {"active_from", "active_to"}),
        "beside": ({"active_from": "2000-01-01", "active_to": "2024-01-01"}, {"active_from": "2046-01-01"}, {"active_from", "active_to"}),
        "in order": ({"active_to": "2024-01-01"}, {"active_from": "2000-01-01"}, set()),
    }
    for name in ("first", "second"):
        described = {"name": "A", "kind": "rebel_group"} if name == "first" else {}
        rows = [{"id": id.replace(" ", "-"), **described, **(one if name == "first" else two)} for id, (one, two, _) in said.items()]
        instance.write(f"{name}.yaml", source(name) + "claims:\n  actors:\n" + "".join(f"    - {json.dumps(row)}\n" for row in rows))
    await instance.load()
    if revision:
        await instance.load(third=source("third") + "claims:\n  actors:\n    - {id: in-order, active_from: 2001-01-01}\n")
    pinned = f"&revision={revision}" if revision else ""
    days = ("active_from", "active_to")
    asked = f"actors(first: 9) {{ nodes {{ slug provenance {{ {' '.join(f'{day} {{ disputed }}' for day in ('activeFrom', 'activeTo'))} }} }} }}"
    answer = await instance.graphql(f"{{ snapshot(revision: {revision}) {{ {asked} }} }}" if revision else f"{{ {asked} }}")
    nodes = {node["slug"]: node["provenance"] for node in (answer["snapshot"] if revision else answer)["actors"]["nodes"]}
    text = (await instance.client.get(f"/v1/actors.csv?provenance={','.join(days)}{pinned}")).text
    table = {row["id"]: row for row in csv.DictReader(text.splitlines())}
    for id, (_, _, disputed) in said.items():
        name = id.replace(" ", "-")
        assert {day for day, key in zip(days, ("activeFrom", "activeTo"), strict=True) if nodes[name][key]["disputed"]} == disputed, name
        assert {day for day in days if table[name][f"{day}.disputed"] == "true"} == disputed, name
        for shown in ("*", *days):  # Also if the claims of the other day are not read.
            (row,) = (await instance.get(f"/v1/actors?id={name}&provenance={shown}{pinned}"))["data"]
            record = unfolded(row)
            expected = disputed & ({*days} if shown == "*" else {shown})
            assert {day for day in days if record.get(day, {}).get("disputed")} == expected, (name, shown)
