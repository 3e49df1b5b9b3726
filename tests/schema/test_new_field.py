"""The promise that decides: one more field costs one line and one migration, and every surface has it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
import sqlalchemy as sa
from alembic.autogenerate import produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import Operations, ops
from sqlalchemy.ext.asyncio import create_async_engine

from api.rest import openapi
from schema.kinds import KINDS
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.types import INTEGER, TEXT, ref
from schema.storage.tables import metadata
from schema.surfaces import jsonschema, reference

from ..conftest import Databases, Instance, source
from ..support.new_field import STATUS, with_fields

STOREYS = Field("storeys", INTEGER, "How many storeys it has.", unit="storeys", index=True)
CONVOY = Kind(
    "convoy", "convoys", "Vehicles that travel together.",
    Field("name", TEXT, "What it is called.", required=True, search=True),
    Field("event", ref("event"), "The event that it was part of.", reverse="convoys", index=True),
    label="name",
)  # fmt: skip


def grown() -> Kinds:
    extra = {"figure": [STATUS], "location": [STOREYS]}
    return Kinds([*(with_fields(kind, *extra.get(kind.name, [])) for kind in KINDS.values()), CONVOY])


@pytest.fixture(scope="module", autouse=True)
def restored() -> object:
    """Kinds share nothing but fields, so the real ones are untouched; this says so."""
    yield
    assert STATUS.name not in KINDS["figure"].fields


def migrate(connection: sa.Connection, kinds: Kinds) -> list[str]:
    """What `make migration` writes for the grown kinds, run at once; the names of its operations."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    script = produce_migrations(context, metadata(kinds))
    assert script.upgrade_ops is not None
    done = []
    operations = Operations(context)
    stack: list[ops.MigrateOperation] = list(script.upgrade_ops.ops)
    while stack:
        one = stack.pop(0)
        if isinstance(one, ops.OpContainer):
            stack = [*one.ops, *stack]
        else:
            operations.invoke(one)
            done.append(type(one).__name__)
    return done


@pytest_asyncio.fixture(scope="module")
async def grown_instance(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    kinds = grown()
    made = Instance(databases, await databases.fresh(), tmp_path_factory.mktemp("grown"), kinds)

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(made.url)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect)
    async with engine.begin() as connection:
        done = await connection.run_sync(migrate, kinds)
    await engine.dispose()
    # A field is a column in each of four tables, beside that of its chosen claim in two; nothing is dropped or rewritten.
    assert done.count("AddColumnOp") == 2 * (5 + 2)
    assert not [one for one in done if one.startswith("Drop") or one.startswith("Alter")]
    made.write("paper.yaml", DOCUMENT)
    await made.load()
    async with made.app.router.lifespan_context(made.app), made.client:
        yield made


DOCUMENT = (
    source("paper")
    + """
claims:
  locations:
    - {id: tower, name: Tower, kind: site, storeys: 12}
    - {id: hut, name: Hut, kind: site}
  events:
    - {id: e, name: Battle, kind: battle, location: tower}
  figures:
    - {id: f, event: e, measure: detained, best: 7, custody: group}
    - {id: g, event: e, measure: detained, best: 8, custody: state}
  convoys:
    - {id: c, name: The first convoy, event: e}
"""
)


async def test_graphql_has_the_field_its_filter_its_order_and_its_proof(grown_instance: Instance) -> None:
    answer = await grown_instance.graphql(
        """{ figures(where: {custody: {eq: GROUP}}) { nodes { id custody
               provenance { custody { disputed origins claims { value chosen source { id } } } } claims { custody chosenFor } } }
             locations(orderBy: [{storeys: DESC}], where: {storeys: {gte: 1}}) { nodes { storeys } } }"""
    )
    (figure,) = answer["figures"]["nodes"]
    assert figure["custody"] == "GROUP"
    assert figure["provenance"]["custody"] == {
        "disputed": False, "origins": 1, "claims": [{"value": "GROUP", "chosen": True, "source": {"id": "paper"}}],
    }  # fmt: skip
    assert figure["claims"][0]["custody"] == "GROUP" and "custody" in figure["claims"][0]["chosenFor"]
    assert answer["locations"]["nodes"] == [{"storeys": 12}]


async def test_rest_has_the_field_its_filter_its_order_and_its_proof(grown_instance: Instance) -> None:
    found = await grown_instance.get("/v1/figures?custody=group&provenance=custody&order=-custody")
    assert [one["custody"] for one in found["data"]] == ["group"]
    assert found["data"][0]["provenance"]["custody"]["claims"][0]["value"] == "group"
    refused = await grown_instance.client.get("/v1/figures?custody=nobody")
    assert refused.status_code == 400 and "custody" in refused.json()["detail"]


async def test_files_have_the_field(grown_instance: Instance) -> None:
    table = (await grown_instance.client.get("/v1/locations.csv")).text.splitlines()
    assert "storeys" in table[0].split(",") and any(line.startswith("tower,") and line.endswith(",12") for line in table)
    assert '"custody":"state"' in (await grown_instance.client.get("/v1/figures.ndjson")).text
    assert '"storeys":12' in (await grown_instance.client.get("/v1/locations.geojson")).text


async def test_history_has_the_field(grown_instance: Instance) -> None:
    before = (await grown_instance.get("/v1/figures/f"))["revision"]
    grown_instance.write("paper.yaml", DOCUMENT.replace("custody: group", "custody: state"))
    await grown_instance.load()
    assert (await grown_instance.get("/v1/figures/f"))["data"]["custody"] == "state"
    assert (await grown_instance.get(f"/v1/figures/f?revision={before}"))["data"]["custody"] == "group"
    grown_instance.write("paper.yaml", DOCUMENT)
    await grown_instance.load()


async def test_a_wrong_value_is_refused_by_file_and_by_table(grown_instance: Instance) -> None:
    from api.errors import LoadRefused

    grown_instance.write("paper.yaml", DOCUMENT.replace("custody: group", "custody: nobody"))
    with pytest.raises(LoadRefused, match="custody: 'nobody' is not in the vocabulary custody"):
        await grown_instance.load()
    grown_instance.write("paper.yaml", DOCUMENT)
    connection = await asyncpg.connect(grown_instance.url)
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute("update figure set custody = 'nobody'")
    await connection.close()


def test_documents_have_the_field() -> None:
    kinds = grown()
    described = str(openapi.document(kinds))
    assert "custody" in described and "storeys" in described and "/v1/convoys/{id}" in described
    assert "custody" in str(jsonschema.source_document(kinds))
    page = reference.dictionary(kinds)
    assert re.search(r"custody", page) and "Who holds the detained." in page


async def test_a_whole_kind_costs_its_declaration(grown_instance: Instance) -> None:
    found = await grown_instance.get("/v1/convoys?search=first&fields=*,event.name")
    assert found["data"] == [{"id": "c", "name": "The first convoy", "event": {"id": "e", "name": "Battle"}}]
    answer = await grown_instance.graphql('{ event(id: "e") { convoys { nodes { name provenance { name { origins } } } } } }')
    assert answer["event"]["convoys"]["nodes"] == [{"name": "The first convoy", "provenance": {"name": {"origins": 1}}}]


async def test_a_grown_database_verifies(grown_instance: Instance) -> None:
    from api.loading.verify import verify

    async for proof in verify(grown_instance.kinds, grown_instance.url):
        assert not proof.contradictions, proof
