"""The same answer on every channel: GraphQL, REST, CSV, NDJSON and GeoJSON of one revision agree in every value."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from schema.kinds import KINDS
from schema.model.field import Field
from schema.model.kind import Kind
from schema.surfaces.graphql.names import camel

from .conftest import ROOT, Databases, Instance
from .support.evidence import from_graphql, selection, unfolded
from .support.flat_tables import cells, flat, narrowed

EVERY = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
AT = pytest.mark.parametrize("revision", [1, 2], ids=["earlier", "today"])


@pytest_asyncio.fixture(scope="module")
async def changed(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """The fixtures in two revisions; in the second, names, numbers and dates differ."""
    folder = tmp_path_factory.mktemp("fixtures")
    made = Instance(databases, await databases.fresh(), folder)
    for path in (ROOT / "fixtures" / "aleppo-2024").glob("*.*"):
        made.write(f"aleppo-2024/{path.name}", path.read_text("utf-8"))
    await made.load()
    article = folder / "aleppo-2024" / "pravda-ru-aleppo-2024.yaml"
    text = article.read_text("utf-8")
    article.write_text(re.sub(r"low: (\d+)", lambda found: f"low: {int(found[1]) + 1}", text), "utf-8")
    assert (await made.load()).revision == 2
    async with made.app.router.lifespan_context(made.app), made.client:
        yield made


def named(kind: Kind) -> str:
    return f"{{ id: slug {camel(kind.label) if kind.label else ''} }}"


def selected(one: Field) -> str:
    return camel(one.name) + (f" {named(KINDS[one.type.ref])}" if one.type.ref else "")


def question(kind: Kind) -> str:
    """All that REST returns for a record with the provenance of every field."""
    fields = " ".join(selected(one) for one in kind.shown.values())
    return f"id: slug node_id: id {fields} {selection(kind)}"


def as_rest(value: Any, one: Field | None, kind: Kind) -> Any:
    """A value of GraphQL as REST spells it: codes and names."""
    if isinstance(value, list):
        return [as_rest(item, one, kind) for item in value]
    if isinstance(value, dict):
        return record_as_rest(value, KINDS[one.type.ref or ""] if one and one.type.ref else kind)
    if one is not None and one.type.vocabulary is not None and isinstance(value, str):
        return one.type.vocabulary.by_graphql_name[value]
    return value


def record_as_rest(record: dict[str, Any], kind: Kind) -> dict[str, Any]:
    fields = {camel(one.name): one for one in kind.shown.values()}
    spelt = {}
    for name, value in record.items():
        one = fields.get(name)
        spelt[one.name if one else name] = from_graphql(value, kind) if name == "provenance" else as_rest(value, one, kind)
    return spelt


def comparable(record: dict[str, Any]) -> dict[str, Any]:
    """A record of REST with its provenance field by field."""
    return {**{name: value for name, value in record.items() if name != "claims"}, "provenance": unfolded(record)}


@pytest.mark.sampled(3)
@EVERY
@AT
async def test_graphql_and_rest_give_the_same_document(changed: Instance, kind: Kind, revision: int) -> None:
    asked = f"{{ snapshot(revision: {revision}) {{ {camel(kind.plural)}(first: 1000) {{ nodes {{ {question(kind)} }} }} }} }}"
    graphql = (await changed.graphql(asked))["snapshot"][camel(kind.plural)]["nodes"]
    rest = await changed.get(f"/v1/{kind.plural}?limit=1000&provenance=*&revision={revision}")
    assert rest["revision"] == revision and rest["next"] is None
    assert [record_as_rest(one, kind) for one in graphql] == [comparable(one) for one in rest["data"]]
    cited = {claim["source"] for one in rest["data"] for claim in one["claims"].values()}
    assert cited <= set(rest["sources"]) and all(source["node_id"] == f"source:{id}@{revision}" for id, source in rest["sources"].items())
    assert rest["data"]


@EVERY
async def test_today_is_the_newest_revision(changed: Instance, kind: Kind) -> None:
    today = await changed.get(f"/v1/{kind.plural}?limit=1000&provenance=*")
    named = await changed.client.get(f"/v1/{kind.plural}?limit=1000&provenance=*&revision=2")
    assert today == json.loads(named.text.replace('@2"', '"'))  # Global ids name a revision that is requested.
    asked = f"{{ {camel(kind.plural)}(first: 1000) {{ nodes {{ {question(kind)} }} }} }}"
    graphql = (await changed.graphql(asked))[camel(kind.plural)]["nodes"]
    assert [record_as_rest(one, kind) for one in graphql] == [comparable(one) for one in today["data"]]


@pytest.mark.sampled(2)
@EVERY
@AT
async def test_a_record_is_the_same_alone_and_in_a_list(changed: Instance, kind: Kind, revision: int) -> None:
    listed = (await changed.get(f"/v1/{kind.plural}?limit=5&provenance=*&revision={revision}"))["data"]
    for one in listed:
        alone = await changed.get(f"/v1/{kind.plural}/{one['id']}?revision={revision}")
        assert alone["data"] == one
        answer = await changed.graphql(
            f'{{ snapshot(revision: {revision}) {{ {camel(kind.name)}(id: "{one["id"]}") {{ {question(kind)} }} }} }}'
        )
        assert record_as_rest(answer["snapshot"][camel(kind.name)], kind) == comparable(one)
        cited = {
            source
            for claim in one["claims"].values()
            for source in (claim["source"], *claim.get("quoted_from", ()), *claim.get("consulted", ()))
        }
        assert set(alone["sources"]) == cited


@EVERY
@AT
async def test_files_carry_the_same_values(changed: Instance, kind: Kind, revision: int) -> None:
    asked = f"revision={revision}"
    listed = await changed.client.get(f"/v1/{kind.plural}?limit=1000&{asked}")
    bare = json.loads(listed.text, parse_float=str, parse_int=str)["data"]
    lines = (await changed.client.get(f"/v1/{kind.plural}.ndjson?{asked}")).text.splitlines()
    assert [json.loads(line, parse_float=str, parse_int=str) for line in lines] == bare
    table = await changed.client.get(f"/v1/{kind.plural}.csv?raw=1&{asked}")
    assert table.headers["conflict-facts-revision"] == str(revision)
    rows = list(csv.DictReader(io.StringIO(table.text)))
    expected = [flat(kind, one) for one in bare]
    assert [narrowed(row, one) for row, one in zip(rows, expected, strict=True)] == [cells(one) for one in expected]
    if kind.point:
        layer = json.loads((await changed.client.get(f"/v1/{kind.plural}.geojson?{asked}")).text, parse_float=str, parse_int=str)
        assert layer["revision"] == str(revision)
        properties = [feature["properties"] for feature in layer["features"]]
        assert [narrowed(row, one) for row, one in zip(properties, expected, strict=True)] == expected


def numbers(path: Path) -> Iterator[Decimal]:
    for found in re.findall(r"^\s+(?:low|best|high): (\S+)$", path.read_text("utf-8"), re.M):
        yield Decimal(found)


async def test_a_number_is_answered_as_the_source_has_it(changed: Instance) -> None:
    """Exact, in every digit: 14001 in the file is 14001 in the answer's own bytes."""
    written = sorted(numbers(changed.folder / "aleppo-2024" / "pravda-ru-aleppo-2024.yaml"))
    text = (await changed.client.get("/v1/figures?limit=1000&provenance=*")).text
    claimed = [number for said in re.findall(r'"says":{([^}]*)}', text) for number in re.findall(r'"(?:low|best|high)":([\d.]+)', said)]
    assert sorted(Decimal(one) for one in claimed) == written and "14001" in claimed


async def test_a_revision_is_the_same_by_graphql_and_rest(changed: Instance) -> None:
    rest = (await changed.get("/v1/revisions/2"))["data"]
    names = [name for name in rest if name != "receipt"]
    fields = "id: number nodeId: id " + " ".join(camel(name) for name in names if name not in ("id", "node_id"))
    graphql = await changed.graphql(f"{{ revision(id: 2) {{ {fields} receipt }} revisions {{ nodes {{ {fields} }} }} }}")
    one = {name: graphql["revision"][camel(name)] for name in rest} | {"kind": rest["kind"]}
    assert graphql["revision"]["kind"] == rest["kind"].upper()
    assert {**one, "recorded_at": rest["recorded_at"]} == rest and one["recorded_at"][:19] == rest["recorded_at"][:19]
    listed = (await changed.get("/v1/revisions"))["data"]
    assert [{name: row[camel(name)] for name in names} | {"kind": row["kind"].lower()} for row in graphql["revisions"]["nodes"]] == listed


async def test_entries_of_provenance_follow_the_order_of_the_request(changed: Instance) -> None:
    """Whether one claim is known of a record or several, and in whatever order fields are named, the same is known of each."""
    for kind in KINDS.values():
        listed = (await changed.get(f"/v1/{kind.plural}?limit=1000&provenance=*"))["data"]
        groups = [[field.name for field in fields] for fields in kind.groups.values() if len(fields) > 1]
        for names in (order for group in [[*kind.fields], *groups] for order in (group, group[::-1])):
            narrowed = (await changed.get(f"/v1/{kind.plural}?limit=1000&provenance={','.join(names)}"))["data"]
            for record, complete in zip(narrowed, listed, strict=True):
                order = [[names.index(name) for name in entry["fields"]] for entry in record["provenance"]]
                assert order == sorted(order) and all(fields == sorted(fields) for fields in order)
                assert {name: known["origins"] for name, known in unfolded(record).items()} == {
                    name: known["origins"] for name, known in unfolded(complete).items() if name in names
                }
