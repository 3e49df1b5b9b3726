"""However a load goes about it, the same claims give the same facts, and the tables keep their keys, references and indexes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from api.errors import LoadRefused
from api.loading import transaction
from api.loading.change import Change
from api.loading.collections import load_collections
from api.loading.fixture_files import collection_folders
from api.loading.fixtures import read_collections
from api.loading.receipts import Receipt
from api.loading.verify import verify
from api.sql.loading import bulk_build as suspended
from api.sql.loading.keys import claims_with_keys
from api.sql.loading.merge import create_stage
from api.sql.settling import in_isolation, settled
from schema.kinds import KINDS
from schema.model.claim_table import claim_table
from schema.model.kind import Kind
from schema.storage import columns

from ..conftest import Databases, Instance
from ..support.catalogue import CATALOGUE_QUERIES, read_catalogue
from ..support.expected_preference import World
from ..support.properties import NIGHTLY, examples
from ..support.random_claims import RANDOM_VALUES, WORLDS, write_world
from ..support.small_world import WORLD, document, stored_record, world_with

Rows = dict[str, list[Any]]


async def facts(url: str) -> Rows:
    """What is settled and what is claimed, with ids for keys: two databases give out keys in another order."""
    connection = await asyncpg.connect(url)
    rows: Rows = {}
    try:
        for kind in KINDS.values():
            refs = {f.name: f for f in kind.fields.values() if f.type.ref}
            chosen = [f"{group}_claim" for group in kind.groups]
            said = "(select to_jsonb(c) - '{key,record,added_in}'::text[] || %s from %s c where c.key = t.%s)"
            claim = json.dumps(dict.fromkeys(("source", "quoted_from", *refs)))
            values = [f"'{name}', {_id(f't.{name}', f.type.ref or '', f.type.many)}" for name, f in refs.items()]
            by_claim = ", ".join(f"'{name}', " + said % (f"'{claim}'::jsonb", f"{kind.name}_claim", name) for name in chosen)
            packs = ", ".join(f"'{columns.packed_column(name)}', t.{columns.packed_column(name)} is not null" for name in kind.packs)
            hidden = ["key", "root", *chosen, *(columns.packed_column(name) for name in kind.packs)]
            text = (
                f"select (to_jsonb(t) - '{{{','.join(hidden)}}}'::text[] || jsonb_build_object({', '.join(values)}) "
                f"|| jsonb_build_object({by_claim}) || jsonb_build_object({packs}))::text as row "
                f"from {kind.name} t order by t.id"
            )
            rows[kind.name] = [json.loads(row["row"]) for row in await connection.fetch(text)]
        for kind in KINDS.summed:
            sum_columns = "month, country, measure, population, unit, basis, lower, best, upper, disputed, shape, why, group_low, group_high, counted_in"
            sums = f"select {sum_columns} from {kind.name}_sum t where removed_in is null"
            rows[f"{kind.name}_sum"] = [tuple(row) for row in await connection.fetch(f"select * from ({sums}) t order by t::text")]
    finally:
        await connection.close()
    return rows


def _id(expression: str, kind: str, many: bool) -> str:
    if many:
        return f"(select array_agg(o.id order by u.n) from unnest({expression}) with ordinality u(key, n) join {kind} o on o.key = u.key)"
    return f"(select o.id from {kind} o where o.key = {expression})"


async def contradictions(url: str) -> list[str]:
    return [one async for proof in verify(KINDS, url) for one in proof.contradictions]


async def load(store: Instance, *names: str, replace_collections: bool = True) -> Receipt:
    """Load collections of the store's folder, by name."""
    connection = await asyncpg.connect(store.url)
    try:
        folders = (
            [folder for folder in collection_folders(store.folder) if folder.name in names] if names else collection_folders(store.folder)
        )
        return await load_collections(
            KINDS, connection, read_collections(KINDS, folders), Change("A test"), replace_collections=replace_collections
        )
    finally:
        await connection.close()


async def loaded(databases: Databases, folder: Any, monkeypatch: pytest.MonkeyPatch, large: int) -> str:
    """The address of a fresh database with a folder loaded into it, as loads of so many claims and more are."""
    monkeypatch.setattr(transaction, "LARGE_LOAD", large)
    url = databases.url(await databases.fresh())
    connection = await asyncpg.connect(url)
    try:
        await load_collections(KINDS, connection, read_collections(KINDS, collection_folders(folder)), Change("A test"))
    finally:
        await connection.close()
    return url


@settings(examples(1, nightly=40), phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(stands=WORLDS)
async def test_a_first_load_gives_the_same_rows_and_tables_as_any_other(
    databases: Databases, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, stands: World
) -> None:
    write_world(tmp_path, stands)
    small = await loaded(databases, tmp_path, monkeypatch, 10**9)
    first = await loaded(databases, tmp_path, monkeypatch, 0)
    assert await facts(first) == await facts(small)
    assert await contradictions(first) == []
    if NIGHTLY:
        assert await contradictions(small) == []
    for what in CATALOGUE_QUERIES:
        assert await read_catalogue(first, what) == await read_catalogue(small, what)


CLAIMS = {
    kind.name: st.lists(
        st.fixed_dictionaries({
            "record": st.integers(1, 6), "rank": st.sampled_from(["normal", "preferred", "deprecated"]), "credibility": st.none() | st.integers(1, 2),
            **{name: said for name, said in RANDOM_VALUES[kind.name].items() if not kind.fields[name].type.ref},
        }),
        max_size=10,
    )
    for kind in KINDS.values()
}  # fmt: skip


@settings(examples(4, nightly=300), phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(claims=st.fixed_dictionaries(CLAIMS))
async def test_settling_a_single_claim_directly_equals_the_rule(
    steady: asyncpg.Connection, claims: dict[str, list[dict[str, Any]]]
) -> None:
    """Deprecated ones, groups that are said in part or not at all, and lists that are empty."""
    change = steady.transaction()
    await change.start()
    try:
        for kind in KINDS.values():
            for said in claims[kind.name]:
                await _insert(steady, kind, {key: _value(kind, key, value) for key, value in said.items()})
            await steady.execute(
                f"create temp table several_{kind.name} as select record from {kind.name}_claim group by record having count(*) > 1"
            )
            by_rule = settled(
                kind,
                f"c.record not in (select record from several_{kind.name})",
                "(select 1::bigint as key, 's' as id, null::text as reliability, null::date as published_on, null::bigint as revises)",
            )
            chosen = [list(row.items()) for row in await steady.fetch(f"{by_rule} order by key")]
            assert [list(row.items()) for row in await steady.fetch(f"select * from ({in_isolation(kind)}) a order by key")] == chosen
            assert len(chosen) == sum(count == 1 for count in Counter(said["record"] for said in claims[kind.name]).values())
    finally:
        await change.rollback()


async def _insert(connection: asyncpg.Connection, kind: Kind, cells: dict[str, Any]) -> None:
    given = {"source": 1, "quoted_from": [], "collection": "c", "added_in": 1, **cells}
    values = ", ".join(f"${number}" for number in range(1, len(given) + 1))
    await connection.execute(f"insert into {kind.name}_claim ({', '.join(given)}, digest) values ({values}, '')", *given.values())


def _value(kind: Kind, name: str, value: Any) -> Any:
    return kind.fields[name].type.parse(value) if name in kind.fields and value is not None else value


@pytest_asyncio.fixture
async def steady(store: Instance) -> AsyncIterator[asyncpg.Connection]:
    """A connection to an empty database, whose claims may be about what is not there until a transaction ends."""
    connection = await asyncpg.connect(store.url)
    yield connection
    await connection.close()


async def test_what_a_first_load_drops_is_built_again_with_name_and_comment(store: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = await asyncpg.connect(store.url)
    await connection.execute("comment on constraint figure_event_fkey on figure is 'It''s of an event.'")
    await connection.execute("comment on index figure_event_idx is 'Figures of an event.'; comment on index event_pkey is 'The key.'")
    before = await connection.fetch(suspended.REBUILDABLE, suspended.fact_tables(KINDS))
    monkeypatch.setattr(transaction, "LARGE_LOAD", 0)
    store.write("paper.yaml", document("paper", WORLD))
    assert (await load(store)).revision == 1
    assert await connection.fetch(suspended.REBUILDABLE, suspended.fact_tables(KINDS)) == before
    await connection.close()


@pytest.mark.parametrize("large", [0, 10**9])
async def test_a_refused_first_load_leaves_everything_unchanged(store: Instance, monkeypatch: pytest.MonkeyPatch, large: int) -> None:
    monkeypatch.setattr(transaction, "LARGE_LOAD", large)
    before = {what: await read_catalogue(store.url, what) for what in CATALOGUE_QUERIES}
    store.write("paper.yaml", document("paper", world_with(war={"part_of": "battle"})))
    with pytest.raises(LoadRefused, match="forms a cycle"):
        await load(store)
    assert {what: await read_catalogue(store.url, what) for what in CATALOGUE_QUERIES} == before
    assert await facts(store.url) == {name: [] for name in await facts(store.url)}


@pytest.mark.nightly
async def test_a_first_load_of_tables_in_use_gives_the_same_result(store: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction, "LARGE_LOAD", 0)
    store.write("paper.yaml", document("paper", WORLD))
    reader = await asyncpg.connect(store.url)
    async with reader.transaction():
        await reader.fetch("select from figure")
        assert (await load(store)).revision == 1
    await reader.close()
    assert await contradictions(store.url) == []


@pytest.mark.sampled(1)
@pytest.mark.parametrize("large", [0, 10**9])
async def test_a_reader_keeps_its_snapshot_during_a_large_load(store: Instance, monkeypatch: pytest.MonkeyPatch, large: int) -> None:
    store.write("paper.yaml", document("paper", WORLD))
    await load(store)
    monkeypatch.setattr(transaction, "LARGE_LOAD", large)
    store.write("paper.yaml", document("paper", world_with(killed={"best": "11"})))
    reader = await asyncpg.connect(store.url)
    async with reader.transaction(isolation="repeatable_read"):
        before = await reader.fetchval("select best from figure where id = 'killed'")
        assert (await load(store)).revision == 2
        assert await reader.fetchval("select best from figure where id = 'killed'") == before
    await reader.close()
    if NIGHTLY:
        assert await contradictions(store.url) == []


async def test_a_load_of_some_records_leaves_the_others_of_its_collection_alone(store: Instance) -> None:
    claims = world_with()
    claims["figures"].append({"id": "killed", "event": "battle", "measure": "killed", "best": "14", "locator": "p. 2"})
    claims["figures"].append({"id": "injured", "event": "battle", "measure": "injured", "best": "3"})
    store.write("paper.yaml", document("paper", claims))
    await load(store)
    store.write(
        "paper.yaml",
        document("paper", {"figures": [{"id": "killed", "event": "battle", "measure": "killed", "best": "15", "locator": "p. 2"}]}),
    )
    receipt = await load(store, replace_collections=False)
    assert receipt.claims["figure"] == {"added": 0, "changed": 1, "retracted": 1, "unchanged": 0}
    assert sum(receipt.changed_claims(kind) for kind in KINDS) == 2
    assert (await stored_record(store, "figure", "killed") or {})["best"] == 15
    assert (await stored_record(store, "figure", "injured") or {})["best"] == 3
    assert (await stored_record(store, "event", "battle") or {})["name"] == "A battle"
    assert (await load(store, replace_collections=False)).revision is None
    assert await contradictions(store.url) == []


@pytest.mark.sampled(2)
@pytest.mark.parametrize("large", [0, 10**9])
@pytest.mark.parametrize("standing", [False, True])
async def test_a_reference_that_no_claim_describes_is_refused(
    store: Instance, monkeypatch: pytest.MonkeyPatch, large: int, standing: bool
) -> None:
    """Whoever stages claims may have checked nothing; no foreign key sees into lists."""
    if standing:
        store.write("paper.yaml", document("paper", WORLD))
        await load(store)
    monkeypatch.setattr(transaction, "LARGE_LOAD", large)
    connection = await asyncpg.connect(store.url)
    with pytest.raises(LoadRefused, match="there is no source 'nobody': no claim describes it; load the file that describes it too"):
        async with connection.transaction():
            for kind in KINDS.values():
                await connection.execute(create_stage(kind))
            cells: dict[str, object] = {
                "id": "s",
                "source": "s",
                "collection": "c",
                "title": "T",
                "kind": "post",
                "quoted_from": ["nobody"],
            }
            names = [name for name in claim_table(KINDS["source"]) if name in cells]
            await connection.copy_records_to_table("stage_source", records=[[cells[name] for name in names]], columns=names)
            await transaction.record_revision(KINDS, connection, ["c"], Change("A test"))
    await connection.close()


async def test_a_receipt_that_does_not_add_up_is_refused(store: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that stores a claim twice must not be recorded, whether the collection is new or has claims already."""

    def doubled(kind: Kind) -> str:
        return " union all ".join([claims_with_keys(kind)] * (2 if kind.name == "figure" else 1))

    monkeypatch.setattr("api.sql.loading.merge.claims_with_keys", doubled)
    store.write("paper.yaml", document("paper", WORLD))
    figures = len(WORLD["figures"])
    with pytest.raises(LoadRefused, match=f"figure: {figures} claims were staged, but {2 * figures} are stored"):
        await load(store)
    monkeypatch.undo()
    assert (await load(store)).revision == 1
    monkeypatch.setattr("api.sql.loading.merge.claims_with_keys", doubled)
    store.write("paper.yaml", document("paper", {**WORLD, "figures": [*WORLD["figures"], {**WORLD["figures"][0], "id": "more"}]}))
    for replace_collections in (True, False):
        with pytest.raises(LoadRefused, match=f"figure: {figures + 1} claims were staged, but {figures + 2} are stored"):
            await load(store, replace_collections=replace_collections)
    assert await store.rows("select count(*) from revision") == [(1,)]


async def test_broken_foreign_keys_are_found_for_all_rows_at_once(store: Instance) -> None:
    """What a large load asks in place of looking each reference up."""
    store.write("paper.yaml", document("paper", WORLD))
    await load(store)
    connection = await asyncpg.connect(store.url)

    async def astray() -> set[str]:
        proofs = await connection.fetch(suspended.FOREIGN_KEY_PROOFS, suspended.fact_tables(KINDS))
        assert len(proofs) == await connection.fetchval("select count(*) from pg_constraint where contype = 'f'")
        return {row["name"] for row in proofs if await connection.fetchval(row["proof"])}

    assert await astray() == set()
    change = connection.transaction()
    await change.start()
    await connection.execute(suspended.suspend_foreign_keys(KINDS))
    await connection.execute("update figure set event = 99999 where id = 'killed'")
    await connection.execute("update event_claim set location = 99999 where location is not null")
    await connection.execute("delete from actor where id = 'army'")
    assert await astray() == {
        "figure_event_fkey", "event_claim_location_fkey", "actor_part_of_fkey", "actor_claim_record_fkey", "actor_claim_part_of_fkey"
    }  # fmt: skip
    await change.rollback()
    await connection.close()
