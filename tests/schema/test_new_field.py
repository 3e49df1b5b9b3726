"""The promise that decides: one more field costs one line and one migration, and every surface has it, whatever its type."""

from __future__ import annotations

import csv
import functools
import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import duckdb
import jsonschema as validator
import pytest
import pytest_asyncio
import sqlalchemy as sa
import yaml
from alembic.autogenerate import produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import Operations, ops
from sqlalchemy.ext.asyncio import create_async_engine

from api.errors import LoadRefused
from api.loading.export_claims import export_claims
from api.loading.verify import verify
from api.postgres.roles import excess, set_privileges
from api.rest import openapi
from schema.codelists.vocabularies import Vocabulary
from schema.kinds import KINDS
from schema.model import types
from schema.model.completeness import complete
from schema.model.field import Field
from schema.model.kinds import Kinds
from schema.storage.indexes import fields_without_index
from schema.storage.tables import metadata
from schema.surfaces import jsonschema, reference
from schema.surfaces.graphql.names import camel

from ..conftest import Databases, Instance, source
from ..support.catalogue import CATALOGUE_QUERIES, declared, read_catalogue
from ..support.evidence import unfolded
from ..support.new_field import CONVOY, CUSTODY, STATUS, with_fields

DAMAGE = Vocabulary("damage", "How damaged it is.", "A test.", [("1", "Light", "Light."), ("2", "Heavy", "Heavy.")])


class Sample(NamedTuple):
    """A type, and two values of it as JSON writes them, the lower first."""

    type: types.Type
    low: Any
    high: Any


SAMPLES = {
    "text": Sample(types.TEXT, 'Álepo "it\'s" | b', "Zürich"),
    "texts": Sample(types.TEXTS, ["a", "b"], ["c | d", 'e "f"']),
    "url": Sample(types.URL, "https://example.org/a", "https://example.org/b?c=ü"),
    "language": Sample(types.LANGUAGE, "ar", "zh-Hant"),
    "sha256": Sample(types.SHA256, "0" * 64, "f" * 64),
    "integer": Sample(types.INTEGER, -7, 12),
    "number": Sample(types.NUMBER, 0.1, 14000),
    "latitude": Sample(types.LATITUDE, -36.2012, 36.20124),
    "longitude": Sample(types.LONGITUDE, -179.5, 37.1612),
    "boolean": Sample(types.BOOLEAN, False, True),
    "date": Sample(types.DATE, "1999-12-31", "2024-11-27"),
    "code": Sample(types.code(CUSTODY), "group", "state"),
    "level": Sample(types.level(DAMAGE), 1, 2),
    "ref": Sample(types.ref("actor"), "army", "rebels"),
    "refs": Sample(types.refs("actor"), ["army"], ["rebels", "guards"]),
}
complete("SAMPLES in tests/schema/test_new_field.py", SAMPLES, types.FIELD_TYPE_NAMES)

# The one line, for every type, without an index and with one.
FIELDS = {
    name: Field(name, sample.type, f"A {type} of a test.", index=index)
    for type, sample in SAMPLES.items()
    for name, index in ((f"new_{type}", False), (f"indexed_{type}", True))
}
# A field with which exactly one list of the kinds refers to actors.
ALLIES = Field("allies", types.refs("actor"), "Actors that travelled with them.")
ADDED_TO = {"figure": [STATUS], "location": [*FIELDS.values()]}  # Locations are also packed into the rows of events.


def sample(field: Field) -> Sample:
    return SAMPLES[field.name.partition("_")[2]]


@functools.cache
def grown() -> Kinds:
    return Kinds([*(with_fields(kind, *ADDED_TO.get(kind.name, [])) for kind in KINDS.values()), CONVOY])


@pytest.fixture(scope="module", autouse=True)
def restored() -> object:
    """Kinds share nothing but fields, so the real ones are untouched; this says so."""
    yield
    assert STATUS.name not in KINDS["figure"].fields


def migrate(connection: sa.Connection, kinds: Kinds) -> list[str]:
    """Apply the migration that `make migration` writes for the grown kinds; return the names of its operations."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    script = produce_migrations(context, metadata(kinds))
    assert script.upgrade_ops is not None
    applied = []
    operations = Operations(context)
    stack: list[ops.MigrateOperation] = list(script.upgrade_ops.ops)
    while stack:
        operation = stack.pop(0)
        if isinstance(operation, ops.OpContainer):
            stack = [*operation.ops, *stack]
        else:
            operations.invoke(operation)
            applied.append(type(operation).__name__)
    return applied


async def migrated_instance(databases: Databases, folder: Path, kinds: Kinds) -> tuple[Instance, list[str]]:
    """An instance whose database has the tables of the kinds, and the names of the operations that gave it them."""
    instance = Instance(databases, await databases.fresh(), folder, kinds)

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(instance.url)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect)
    async with engine.begin() as connection:
        applied = await connection.run_sync(migrate, kinds)
    await engine.dispose()
    await set_privileges(kinds, instance.url)
    return instance, applied


@pytest_asyncio.fixture(scope="module")
async def grown_instance(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    instance, applied = await migrated_instance(databases, tmp_path_factory.mktemp("grown"), grown())
    # A field is a column in each of five tables, beside that of its chosen claim in two; nothing is dropped or rewritten.
    assert applied.count("AddColumnOp") == (len(FIELDS) + 1) * (5 + 2)
    assert not [name for name in applied if name.startswith(("Drop", "Alter"))]
    instance.write("paper.yaml", DOCUMENT)
    await instance.load()
    async with instance.app.router.lifespan_context(instance.app), instance.client:
        yield instance


LOCATIONS = [
    {"id": "none", "name": "None", "kind": "site"},
    {
        "id": "low",
        "name": "Low",
        "kind": "site",
        "latitude": 36,
        "longitude": 37,
        **{name: sample(field).low for name, field in FIELDS.items()},
    },
    {
        "id": "high",
        "name": "High",
        "kind": "site",
        "latitude": 36,
        "longitude": 37,
        **{name: sample(field).high for name, field in FIELDS.items()},
    },
]
DOCUMENT = (
    source("paper")
    + "claims:\n  locations:\n"
    + "".join(f"    - {json.dumps(location, ensure_ascii=False)}\n" for location in LOCATIONS)
    + """
  actors:
    - {id: army, name: Army, kind: state_forces}
    - {id: rebels, name: Rebels, kind: rebel_group}
    - {id: guards, name: Guards, kind: rebel_group}
  events:
    - {id: e, name: Battle, kind: battle, location: high}
  figures:
    - {id: f, event: e, measure: detained, best: 7, custody: group}
    - {id: g, event: e, measure: detained, best: 8, custody: state}
  convoys:
    - {id: c, name: The first convoy, event: e}
"""
)


def as_rest(field: Field, value: Any) -> Any:
    """A value as REST returns it: references with the name of their record."""
    if field.type.ref is None:
        return value
    named = [{"id": id, "name": id.capitalize()} for id in ([value] if isinstance(value, str) else value)]
    return named if field.type.many else named[0]


def as_graphql(field: Field, value: Any) -> Any:
    """A value as GraphQL returns it: codes in upper case."""
    return value.upper() if field.type.name == "code" else as_rest(field, value)


def questions(field: Field) -> dict[str, tuple[Any, set[str]]]:
    """For each operator of the field: an argument, and the locations that it must find."""
    low, high = sample(field).low, sample(field).high
    expected: dict[str, tuple[Any, set[str]]] = {
        "eq": (low, {"low"}), "ne": (low, {"high", "none"}), "one_of": ([low, high], {"low", "high"}),
        "gt": (low, {"high"}), "gte": (low, {"low", "high"}), "lt": (high, {"low"}), "lte": (high, {"low", "high"}),
        "known": (False, {"none"}), "within": (low, {"low"}),
    }  # fmt: skip
    if isinstance(low, list):
        expected["has"] = (high[0], {"high"})
    if isinstance(low, str):
        expected["contains"] = (low[-2:].upper(), {"low"})
    return {name: expected[name] for name in grown().operators(field) if name != "match"}


every_field = pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
# By default the fields that have an index; each night also those without one, which differ in their tables alone.
each_type = pytest.mark.parametrize("field", [
    pytest.param(field, id=name, marks=() if field.index else pytest.mark.nightly) for name, field in FIELDS.items()
])  # fmt: skip


@functools.cache
def openapi_document() -> Any:
    return openapi.document(grown())


@functools.cache
def dictionary() -> str:
    return reference.dictionary(grown())


@pytest.mark.sampled(1)
@pytest.mark.parametrize("what", CATALOGUE_QUERIES)
async def test_the_migration_makes_the_declared_tables(databases: Databases, grown_instance: Instance, what: str) -> None:
    assert await read_catalogue(grown_instance.url, what) == await read_catalogue(await declared(databases, grown()), what)


@each_type
async def test_graphql_returns_filters_and_orders_by_a_field_of_any_type(grown_instance: Instance, field: Field) -> None:
    name = camel(field.name)
    selected = f"{name} {{ id: slug name }}" if field.type.ref else name
    answer = await grown_instance.graphql(f"{{ locations {{ nodes {{ id: slug {selected} }} }} }}")
    values = {location["id"]: location[name] for location in answer["locations"]["nodes"]}
    assert values == {"none": None, "low": as_graphql(field, sample(field).low), "high": as_graphql(field, sample(field).high)}
    for operator, (argument, expected) in questions(field).items():
        if field.type.name == "code" and operator != "known":
            where = {camel(operator): [code.upper() for code in argument] if isinstance(argument, list) else argument.upper()}
        else:
            where = {camel(operator): argument}
        answer = await grown_instance.graphql(
            "query ($where: LocationWhere) { locations(where: $where) { nodes { id: slug } } }", where={name: where}
        )
        assert {location["id"] for location in answer["locations"]["nodes"]} == expected, operator
    if field.type.ref:
        return
    answer = await grown_instance.graphql(f'{{ event(id: "e") {{ location {{ {selected} provenance {{ {name} {{ origins }} }} }} }} }}')
    assert answer["event"]["location"] == {name: as_graphql(field, sample(field).high), "provenance": {name: {"origins": 1}}}
    if field.orderable:
        ordered = f"query {{ locations(orderBy: [{{{name}: DESC}}], first: 1) {{ nodes {{ id: slug }} pageInfo {{ endCursor }} }} }}"
        answer = await grown_instance.graphql(ordered)
        cursor = answer["locations"]["pageInfo"]["endCursor"]
        rest = await grown_instance.graphql(ordered.replace("first: 1", f'first: 2, after: "{cursor}"'))
        assert [one["id"] for one in (*answer["locations"]["nodes"], *rest["locations"]["nodes"])] == ["high", "low", "none"]


def ids_of(value: Any) -> Any:
    """Ids for records, as claims have them."""
    if isinstance(value, list):
        return [ids_of(item) for item in value]
    return value["id"] if isinstance(value, dict) and "id" in value else value


@pytest.mark.sampled(10)
@every_field
async def test_rest_returns_filters_and_orders_by_a_field_of_any_type(grown_instance: Instance, field: Field) -> None:
    found = await grown_instance.get(f"/v1/locations?provenance={field.name}")
    values = {location["id"]: location[field.name] for location in found["data"]}
    assert values == {"none": None, "low": as_rest(field, sample(field).low), "high": as_rest(field, sample(field).high)}
    (claim,) = unfolded(next(location for location in found["data"] if location["id"] == "low"))[field.name]["claims"]
    assert claim["value"] == ids_of(as_rest(field, sample(field).low))
    for operator, (argument, expected) in questions(field).items():
        text = ",".join(map(as_text, argument)) if isinstance(argument, list) else as_text(argument)
        response = await grown_instance.client.get("/v1/locations", params={f"{field.name}.{operator}": text, "fields": "id"})
        assert response.status_code == 200, response.text
        assert {location["id"] for location in response.json()["data"]} == expected, operator
    if field.orderable:
        found = await grown_instance.get(f"/v1/locations?order={field.name}&limit=1")
        rest = await grown_instance.get(found["next"])
        assert [location["id"] for location in (*found["data"], *rest["data"])][:2] == ["low", "high"]
    else:
        response = await grown_instance.client.get(f"/v1/locations?order={field.name}")
        assert response.status_code == 400 and "cannot be ordered by" in response.text
    packed = await grown_instance.get(f"/v1/events/e?fields=location.{field.name}")
    assert packed["data"]["location"][field.name] == as_rest(field, sample(field).high)


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@pytest_asyncio.fixture(scope="module")
async def lists(grown_instance: Instance) -> dict[str, str]:
    """The list of locations in each format."""
    return {format: (await grown_instance.client.get(f"/v1/locations.{format}")).text for format in ("csv", "ndjson", "geojson")}


@every_field
async def test_files_have_a_field_of_any_type(lists: dict[str, str], field: Field) -> None:
    cells = {row["id"]: row[field.name] for row in csv.DictReader(lists["csv"].splitlines())}
    assert cells["none"] == ""
    assert field.type.parse(cells["low"]) == field.type.parse(sample(field).low)
    values = {location["id"]: location[field.name] for location in map(json.loads, lists["ndjson"].splitlines())}
    assert values["high"] == as_rest(field, sample(field).high)
    features = json.loads(lists["geojson"])["features"]
    assert {feature["id"]: feature["properties"][field.name] for feature in features}["high"] == ids_of(as_rest(field, sample(field).high))


def read_csv(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file)]


def read_ndjson(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def read_parquet(path: Path) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        rows = connection.execute("select * from read_parquet(?)", [str(path)]).fetchall()
        names = [column[0] for column in connection.description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows]


@pytest.mark.parametrize("read", [read_csv, read_ndjson, read_parquet])
async def test_exported_claims_have_a_field_of_any_type(
    grown_instance: Instance, tmp_path: Path, read: Callable[[Path], list[dict[str, Any]]]
) -> None:
    format = read.__name__.removeprefix("read_")
    await export_claims(grown_instance.kinds, grown_instance.url, tmp_path / "claims", format)
    claims = {claim["id"]: claim for claim in read(tmp_path / "claims" / f"locations.{format}")}
    for name, field in FIELDS.items():
        for id, value in (("low", sample(field).low), ("high", sample(field).high)):
            assert field.type.parse(claims[id][name]) == field.type.parse(value), name
        assert claims["none"][name] in ("", None)


@every_field
def test_the_documents_describe_a_field_of_any_type(field: Field) -> None:
    document = openapi_document()
    location = document["components"]["schemas"]["Location"]["properties"][field.name]
    assert field.description in location["description"]
    parameters = {parameter["$ref"].rpartition("/")[2] for parameter in document["paths"]["/v1/locations"]["get"]["parameters"]}
    _, *others = questions(field)
    folded = (
        document["components"]["parameters"][f"location.{field.name}"].get("x-operators", [])
        if f"location.{field.name}" in parameters
        else []
    )
    for condition in (field.name, *(f"{field.name}.{operator}" for operator in others)):
        if condition.rpartition(".")[2] not in folded and condition != field.name:
            assert f"location.{condition}" in parameters
            assert document["components"]["parameters"][f"location.{condition}"]["name"] == condition
    order = document["components"]["parameters"]["location.order"]["schema"]["items"]["enum"]
    assert (field.name in order) == field.orderable
    assert re.search(rf"^\| `{field.name}` \| .*{re.escape(field.description)}", dictionary(), re.M)


@every_field
def test_a_filter_without_an_index_has_its_reason_in_the_dictionary(field: Field) -> None:
    kinds = grown()
    reasons = [reason for reason, fields in fields_without_index(kinds, kinds["location"]).items() if field in fields]
    assert len(reasons) <= 1 and all(reason in dictionary() for reason in reasons)
    assert not (reasons and field.index and field.type.name not in ("text", "url", "record")), "its index serves all of its operators"


def test_the_json_schema_of_fixtures_takes_a_field_of_any_type() -> None:
    schema: Any = jsonschema.source_document(grown())
    checker = validator.Draft202012Validator(schema)
    document = yaml.safe_load(DOCUMENT)
    assert not [*checker.iter_errors(document)]
    for name in FIELDS:
        wrong = json.loads(json.dumps(document, default=str))
        wrong["claims"]["locations"][1][name] = {}
        assert [*checker.iter_errors(wrong)], name


async def test_history_has_a_field_of_any_type_and_withheld_claims_return_with_it(grown_instance: Instance) -> None:
    """Claims that may not be redistributed leave every surface, and come back with all of their values."""
    before = (await grown_instance.get("/v1/figures/f"))["revision"]
    original = (await grown_instance.get("/v1/locations/low?provenance=none"))["data"]
    document = DOCUMENT.replace("custody: group", "custody: state")
    changed = json.dumps({**LOCATIONS[2], "id": "low"}, ensure_ascii=False)
    grown_instance.write("paper.yaml", document.replace(json.dumps(LOCATIONS[1], ensure_ascii=False), changed))
    await grown_instance.load()
    assert (await grown_instance.get("/v1/figures/f"))["data"]["custody"] == "state"
    assert (await grown_instance.get(f"/v1/figures/f?revision={before}"))["data"]["custody"] == "group"
    now = (await grown_instance.get("/v1/locations/low?provenance=none"))["data"]
    then = (await grown_instance.get(f"/v1/locations/low?provenance=none&revision={before}"))["data"]
    for name, field in FIELDS.items():
        assert now[name] == as_rest(field, sample(field).high) and then[name] == as_rest(field, sample(field).low)
    grown_instance.write("paper.yaml", DOCUMENT.replace(source("paper"), source("paper", redistributable=False)))
    await grown_instance.load()
    assert (await grown_instance.client.get("/v1/locations/low")).status_code != 200
    grown_instance.write("paper.yaml", DOCUMENT)
    await grown_instance.load()
    assert (await grown_instance.get("/v1/locations/low?provenance=none"))["data"] == original


async def test_graphql_has_the_provenance_of_a_new_field(grown_instance: Instance) -> None:
    answer = await grown_instance.graphql(
        """{ figures(where: {custody: {eq: GROUP}}) { nodes { id: slug custody
               provenance { custody { disputed origins claims { value chosen source { id: slug } } } } claims { nodes { custody chosenFor } } } } }"""
    )
    (figure,) = answer["figures"]["nodes"]
    assert figure["custody"] == "GROUP"
    assert figure["provenance"]["custody"] == {
        "disputed": False, "origins": 1, "claims": [{"value": "GROUP", "chosen": True, "source": {"id": "paper"}}],
    }  # fmt: skip
    assert figure["claims"]["nodes"][0]["custody"] == "GROUP" and "CUSTODY" in figure["claims"]["nodes"][0]["chosenFor"]


async def test_rest_refuses_a_wrong_value_of_a_new_field(grown_instance: Instance) -> None:
    found = await grown_instance.get("/v1/figures?custody=group&provenance=custody&order=-custody")
    assert [figure["custody"] for figure in found["data"]] == ["group"]
    refused = await grown_instance.client.get("/v1/figures?custody=nobody")
    assert refused.status_code == 400 and "custody" in refused.json()["detail"]


async def test_a_wrong_value_is_refused_by_file_and_by_table(grown_instance: Instance) -> None:
    grown_instance.write("paper.yaml", DOCUMENT.replace("custody: group", "custody: nobody"))
    with pytest.raises(LoadRefused, match="custody: 'nobody' is not in the vocabulary custody"):
        await grown_instance.load()
    grown_instance.write("paper.yaml", DOCUMENT)
    connection = await asyncpg.connect(grown_instance.url)
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute("update figure set custody = 'nobody'")
    await connection.close()


def test_documents_have_the_vocabulary_and_the_kind() -> None:
    kinds = grown()
    document = str(openapi_document())
    assert "custody" in document and "/v1/convoys/{id}" in document
    assert "custody" in str(jsonschema.source_document(kinds))
    assert "Who holds the detained." in dictionary()


async def test_a_whole_kind_costs_its_declaration(grown_instance: Instance) -> None:
    assert await excess(grown(), grown_instance.read_url) == ("reader", [])  # It may not read the withheld claims of the new kind either.
    found = await grown_instance.get("/v1/convoys?search=first&fields=*,event.name")
    assert found["data"] == [{"id": "c", "node_id": "convoy:c", "name": "The first convoy", "event": {"id": "e", "name": "Battle"}}]
    answer = await grown_instance.graphql('{ event(id: "e") { convoys { nodes { name provenance { name { origins } } } } } }')
    assert answer["event"]["convoys"]["nodes"] == [{"name": "The first convoy", "provenance": {"name": {"origins": 1}}}]


async def test_records_with_the_same_list_are_stored_once(databases: Databases, tmp_path: Path) -> None:
    """If a single list field refers to a kind, the select of its distinct lists is a union of one, which by itself removes no duplicates."""
    kinds = Kinds([with_fields(kind, *([ALLIES] if kind.name == "event" else [])) for kind in KINDS.values()])
    assert [field for kind in kinds.values() for field in kind.fields.values() if field.type.ref == "actor" and field.type.many] == [ALLIES]
    instance, _ = await migrated_instance(databases, tmp_path, kinds)
    document = f"""{source("paper")}claims:
  actors:
    - {{id: army, name: Army, kind: state_forces}}
    - {{id: guards, name: Guards, kind: rebel_group}}
  events:
    - {{id: one, name: Battle, kind: battle, allies: [army, guards]}}
    - {{id: two, name: Battle, kind: battle, allies: [army, guards]}}
"""
    instance.write("paper.yaml", document)
    assert (await instance.load()).claims["event"] == {"added": 2, "changed": 0, "retracted": 0, "unchanged": 0}
    assert await instance.rows("select count(*) from event_claim") == [(2,)]
    instance.write("paper.yaml", document + "    - {id: three, name: Battle, kind: battle, allies: [army, guards]}\n")
    assert (await instance.load()).claims["event"] == {"added": 1, "changed": 0, "retracted": 0, "unchanged": 2}
    assert await instance.rows("select count(*) from event_claim") == [(3,)]


async def test_a_grown_database_verifies(grown_instance: Instance) -> None:
    async for proof in verify(grown_instance.kinds, grown_instance.url):
        assert not proof.contradictions, proof
