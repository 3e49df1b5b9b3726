"""What `verify` promises to catch, it catches, names, and exits with an error; a clean database passes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import asyncpg
import pytest
import pytest_asyncio
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from api.__main__ import main
from api.loading.verify import run_proofs, verify
from schema.kinds import KINDS

from ..conftest import Databases, Instance
from ..support.properties import NIGHTLY, examples, run_property
from ..support.small_world import WORLD, document, world_with

# What is done by hand, and what is then said: the proof that fails, and what contradicts it.
CORRUPTIONS: dict[str, tuple[str, str, str]] = {
    "a value changed": (
        "update event set name = 'Victory' where id = 'battle'",
        "every event has the values of a live claim", "event battle, name: differs from the claim that it is settled from",
    ),
    "a value changed that is grouped with others": (
        "update figure set best = 99", "every figure has the values of a live claim", "figure killed, value: differs from the claim that it is settled from",
    ),
    "a value erased": ("update figure set best = null", "every figure has the values of a live claim", "figure killed, value: differs from the claim that it is settled from"),
    "a group erased": (
        "update figure set low = null, best = null, value_claim = null", "settling every figure again gives the same row", "figure killed: settling gives another row",
    ),
    "a value made up": ("update actor set native_name = 'X' where id = 'army'", "every actor has the values of a live claim", "actor army, native_name: has a value that no live claim carries"),
    "a claim changed": ("update participation_claim set role = 'target'", "every participation has the values of a live claim", "participation part, role: differs from"),
    "a claim deprecated": ("update figure_claim set rank = 'deprecated'", "every figure has the values of a live claim", "figure killed, value: comes from a deprecated claim"),
    "the claim gone": ("delete from participation_claim", "every participation has the values of a live claim", "participation part, role: has a value that no live claim carries"),
    "a record without a claim": ("delete from participation_claim", "settling every participation again gives the same row", "participation part: exists without a claim"),
    "one of two claims gone": (
        "delete from event_claim where source = (select key from source where id = 'rival')",
        "settling every event again gives the same row", "event battle: settling gives another row",
    ),
    "another claim chosen": (
        "update event set name = c.name, name_claim = c.key from event_claim c where c.name = 'A fight' and event.key = c.record",
        "settling every event again gives the same row", "event battle: settling gives another row",
    ),
    "a count of claims": ("update location set claims = 7 where id = 'syria'", "settling every location again gives the same row", "location syria: settling gives another row"),
    "a list changed": ("update actor set aliases = '{The lads}' where id = 'brigade'", "every actor has the values of a live claim", "actor brigade, aliases: differs from"),
    "a record gone": ("delete from participation", "settling every participation again gives the same row", "participation with the key 1: has claims, but does not exist"),
    "a text of search": ("update actor set search = 'nobody' where id = 'army'", "settling every actor again gives the same row", "actor army: settling gives another row"),
    "a reference to nothing": ("update event set location = 999", "every reference of events resolves", "event with the key 1, location: refers to no existing location"),
    "a claim's reference to nothing": (
        "update event_claim set location = 999 where location is not null", "every reference of events resolves", ", location: refers to no existing location",
    ),
    "a claim about nothing": ("update figure_claim set record = 999", "every reference of figures resolves", "figure_claim with the key 1, record: refers to no existing figure"),
    "a claim of nobody": ("update figure_claim set source = 999", "every reference of figures resolves", "figure_claim with the key 1, source: refers to no existing source"),
    "a claim quoted from nobody": ("update figure_claim set quoted_from = '{999}'", "every reference of figures resolves", "figure_claim with the key 1, quoted_from: refers to no existing source"),
    "a source that relays nobody": ("update source set relays = '{999}' where id = 'rival'", "every reference of sources resolves", ", relays: refers to no existing source"),
    "a claim that relays nobody": (
        "update source_claim set relays = '{999}' where relays is not null", "every reference of sources resolves", ", relays: refers to no existing source",
    ),
    "a root": ("update source set root = key where id = 'rival'", "every source has its root", "source rival, root: is not the end of its relays"),
    "a revision gone": ("delete from revision where id = 1", "revisions have no gaps", "revision 1: is missing"),
    "a revision that is not recorded": ("update figure set added_in = 9", "revisions have no gaps", "revision 9: rows name it, but it is not recorded"),
    "a removal that is not recorded": ("update event_history set removed_in = 9", "revisions have no gaps", "revision 9: rows name it, but it is not recorded"),
    "two versions of a record at once": (
        "update event_history set removed_in = 3", "no version of events overlaps another", "event with the key 1: two versions stand in revision 2",
    ),
    "two versions of a claim at once": (
        "update event_claim_history set removed_in = 3 where reason = 'source_revised'", "no version of events overlaps another", "event_claim with the key",
    ),
    "a version that ends before it begins": (
        "update event_history set removed_in = 1", "no version of events overlaps another", "event with the key 1: a version is removed in revision 1, and was added in 1",
    ),
    "the settled past": (
        "update figure_history set low = 1", "every figure was in each revision what its claims gave then",
        "figure killed, as of revision 2: settling the claims of that time gives another row; different: low",
    ),
    "a settled past that is gone": (
        "delete from event_history", "every event was in each revision what its claims gave then", "event battle, as of revision 1: had claims, but does not exist",
    ),
    "a settled past with a gap": (
        "update event_history set removed_in = removed_in - 1 where removed_in = 3 and id = 'war'",
        "every event was in each revision what its claims gave then", "event war, as of revision 2: had claims, but does not exist",
    ),
    "a change told too early": (
        "update figure_history set removed_in = 2; update figure_history set added_in = 1; update figure set added_in = 2",
        "every figure was in each revision what its claims gave then", "figure killed, as of revision 2: settling the claims",
    ),
    "a past claim's value": (
        "update figure_claim_history set low = 1", "every figure was in each revision what its claims gave then",
        "figure killed, as of revision 2: settling the claims of that time gives another row; different: low",
    ),
    "a past text of search": (
        "update event_history set search = 'peace' where id = 'battle'", "every event was in each revision what its claims gave then",
        "event battle, as of revision 1: settling the claims of that time gives another row; different: search",
    ),
    "a past reason": (
        "update event_history set reason = 'coding_error' where id = 'battle'", "every event that was superseded or removed has the reason",
        "event battle: was superseded in revision 2 with the reason coding_error",
    ),
    "an id changed": ("update event set id = 'fight' where id = 'battle'", "every event keeps its id", "event with the key 1: has had the ids battle and fight"),
    "an id under two keys": (
        "update event_history set key = 7", "every event keeps its id", "event battle: has had the keys 1 and 7",
    ),
    "a past claim's note": ("update figure_claim_history set note = 'x'", "every claim about figures is as it was recorded", "figure killed: its claim 1 of revision 2 is not as it was recorded"),
    "a claim's note": ("update event_claim set note = 'x' where source = (select key from source where id = 'rival')", "every claim about events is as it was recorded", "event battle: its claim"),
    "a locator": ("update figure_claim set locator = 'p. 9'", "every claim about figures is as it was recorded", "figure killed: its claim 1 of revision 3"),
    "a collection": ("update actor_claim set collection = 'other' where source = (select key from source where id = 'rival')", "every claim about actors is as it was recorded", "actor brigade: its claim"),
    "sources swapped": (
        "update event_claim set source = case source when a.key then b.key else a.key end from source a, source b where a.id = 'paper' and b.id = 'rival'",
        "every claim about events is as it was recorded", "event battle: its claim",
    ),
    "a quoted source": ("update figure_claim set quoted_from = '{}' where quoted_from <> '{}'", "every claim about figures is as it was recorded", "figure killed: its claim"),
    "a past quoted source": ("update figure_claim_history set quoted_from = '{}' where quoted_from <> '{}'", "every claim about figures is as it was recorded", "figure killed: its claim"),
    "a claim's credibility": ("update figure_claim set credibility = 6", "every claim about figures is as it was recorded", "figure killed: its claim"),
    "a claim moved to another revision": ("update figure_claim set added_in = 2", "every claim about figures is as it was recorded", "figure killed: its claim 1 of revision 2"),
    "a past claim that is gone": ("delete from figure_claim_history where removed_in = 3", "revisions are as they were recorded", "revision 2: the claims that it added and removed"),
    "a claim's digest": ("update figure_claim set digest = 'x'", "every claim about figures is as it was recorded", "figure killed: its claim 1 of revision 3"),
    "a claim with its digest": (
        "update figure_claim_history set note = 'x', digest = 'y'", "revisions are as they were recorded", "revision 2: the claims that it added and removed are not those",
    ),
    "a past claim's reason": ("update figure_claim_history set reason = 'coding_error'", "revisions are as they were recorded", "revision 3: the claims that it added and removed"),
    "times in another order": (
        "update revision set recorded_at = recorded_at - interval '1 day' where id = 2", "revisions were recorded one after the other", "revision 2: was recorded at",
    ),
    "a time in the future": ("update revision set recorded_at = now() + interval '1 day' where id = 6", "revisions were recorded one after the other", "revision 6: was recorded at"),
    "a time moved a little": (
        "update revision set recorded_at = recorded_at + interval '1 microsecond' where id = 2", "revisions are as they were recorded", "revision 2: its time, kind, message",
    ),
    "an author": ("update revision set author = 'nobody' where id = 1", "revisions are as they were recorded", "revision 1: its time, kind, message, author"),
    "a rule": ("update revision set rule = 'preference/1'", "revisions are as they were recorded", "revision 1: its time, kind, message, author, tool, rules"),
    "a rule that nobody knows": ("update revision set rule = 'none/1' where id = 1", "every event was in each revision what its claims gave then", "event battle, as of revision 1: exists, but had no claim"),
    "a digest of files": ("update revision set digest = 'x' where id = 3", "revisions are as they were recorded", "revision 3: its time, kind, message"),
    "a count": (
        """update revision set counts = jsonb_set(counts, '{claims,figure,changed}', '2') where id = 3""",
        "revisions count the figures and claims about them that they changed", "revision 3: says of claims about figures that it added, changed, retracted 0, 2, 0; it did 0, 1, 0",
    ),
    "a count of records": (
        """update revision set counts = counts #- '{records,event}' where id = 1""", "revisions count the events and claims about them that they changed",
        "revision 1: says of events that it added, changed, removed 0, 0, 0; it did 1, 0, 0",
    ),
    "a receipt": ("update revision set receipt = receipt || '{\"read\": 99}' where id = 1", "revisions are as they were recorded", "revision 1: its receipt is not as it was recorded"),
    "a receipt that counts otherwise": (
        "update revision set receipt = jsonb_set(receipt, '{claims,figure,changed}', '2') where id = 3", "receipts agree with the counts of their revisions",
        "revision 3: its receipt counts claims of figures otherwise",
    ),
    "a quote in a receipt": (
        "update revision set receipt = receipt || '{\"odd\": [\"x\"]}' where id = 1", "revisions are as they were recorded", "revision 1: the values that its receipt quotes",
    ),
    "a quote back in a redacted receipt": (
        "update revision set receipt = receipt || '{\"odd\": [\"x\"]}' where id = (select revision from revision_digest where redacted_in is not null)",
        "revisions are as they were recorded", "revision 4: the values that its receipt quotes",
    ),
    "a revision's digest": ("update revision_digest set history = 'x' where revision = 2", "revisions are as they were recorded", "revision 2: its digest does not follow"),
    "a revision with its digests": (
        "update revision set message = 'x' where id = 2; update revision_digest set details = sha256('x') where revision = 2", "revisions are as they were recorded", "revision 2: its time",
    ),
    "a revision without digest": ("delete from revision_digest where revision = 6", "revisions are as they were recorded", "revision 6: has no digest"),
    "a digest of no revision": (
        "insert into revision_digest select 9, details, receipt, quotes, claims, history from revision_digest where revision = 1",
        "revisions are as they were recorded", "revision 9: has a digest, but is not recorded",
    ),
    "a number that nothing can have": (
        "update figure_claim set best = -99 where best = 13", "every live claim about figures has numbers that are possible",
        "figure killed, best: is -99, which is impossible for what it counts",
    ),
    "a withheld fraction of people": (
        "update figure_withheld set best = 2.5, unit = null where best = 777", "every live claim about figures has numbers that are possible",
        "withheld figure killed, best: is 2.5, which is impossible for what it counts",
    ),
    "a withheld value": ("update figure_withheld set best = 1 where best = 777", "every claim about figures is as it was recorded", "withheld figure killed: the claim of closed of revision 4 is not"),
    "a withheld claim of another source": ("update figure_withheld set source = 'other'", "every claim about figures is as it was recorded", "withheld figure killed: the claim of other"),
    "a withheld claim gone": ("delete from figure_withheld", "withheld claims are counted", "withheld figure of closed: the stored count is wrong"),
    "a withheld claim retracted": ("update figure_withheld set removed_in = 6", "withheld claims are counted", "withheld figure of closed: the stored count is wrong"),
    "a count of withheld claims": ("update withheld set claims = 9", "withheld claims are counted", "the stored count is wrong"),
    "a tombstone gone": ("delete from claim_tombstone where kind = 'figure'", "withheld claims that were public are accounted for", "revision 5: says that it withheld"),
    "a tombstone of another claim": ("update claim_tombstone set digest = 'x' where kind = 'figure'", "revisions are as they were recorded", "revision 4: the claims that it added and removed"),
    "a tombstone of another revision": ("update claim_tombstone set withheld_in = 6", "withheld claims that were public are accounted for", "revision 5: says that it withheld"),
    "what withholding removed": ("update purged_count set changed = changed + 1", "revisions count the", "it did"),
    "packed too early": ("update event set packed_in = 1", "every event knows the last change to its linked records", "event battle: its linked records have changed since"),
    "packed records": ("update event set packed_figures = null", "every event holds copies of its linked records", "event battle: holds other copies than its linked records"),
    "coordinates": ("update location set latitude = 1 where id = 'aleppo'", "every location has the values of a live claim", "location aleppo, point: differs"),
    "coordinates with their claim": (
        "update location set latitude = 1 where id = 'aleppo'; update location_claim set latitude = 1 where latitude is not null",
        "every claim about locations is as it was recorded", "location aleppo: its claim",
    ),
    "a source's digest of its document": ("update source_claim set sha256 = repeat('a', 64) where locator is not null", "every claim about sources is as it was recorded", "source "),
    "a past id": ("update event_history set id = 'fight' where added_in = 1", "every event keeps its id", "event with the key 1: has had the ids battle and fight"),
    "a past root": (
        "update source_history set root = root + 1", "every source has its root", "source closed, root, as of revision 4: is not the end of its relays",
    ),
    "a key of a past claim": ("update figure_claim_history set key = 99", "every claim about figures is as it was recorded", "figure killed: its claim 99 of revision 2"),
    "what a figure adds to totals": (
        "update figure_sum set upper = 99 where removed_in is null", "what every figure adds to totals is stored", "figure killed: what it adds to totals is stored wrongly",
    ),
    "what a figure added to totals": (
        "update figure_sum set lower = 0 where removed_in is not null", "what every figure added to totals was stored in each revision",
        "figure killed, as of revision 2: what it added to totals is stored wrongly",
    ),
    "what a figure added to totals, gone": (
        "delete from figure_sum where removed_in is not null", "what every figure added to totals was stored in each revision", "figure killed, as of revision 2: what it",
    ),
    "what a figure added to totals, for too long": (
        "update figure_sum set removed_in = removed_in + 1 where removed_in is not null; update figure_sum set added_in = added_in + 1 where removed_in is null",
        "what every figure added to totals was stored in each revision", "figure killed, as of revision 3: what it",
    ),
    "what a figure added to totals, too early": (
        "insert into figure_sum select (jsonb_populate_record(s, '{\"added_in\": 1, \"removed_in\": 2}')).* from figure_sum s where removed_in is null",
        "what every figure added to totals was stored in each revision", "figure killed, as of revision 1: what it",
    ),
    "the rule of a later revision": ("update revision set rule = 'preference/1' where id = 2", "revisions are as they were recorded", "revision 2: its time"),
}  # fmt: skip


@dataclass(frozen=True)
class Corruptible:
    """A database that has live rows, history and withheld claims of every sort; what is corrupted in it is rolled back."""

    connection: asyncpg.Connection
    url: str

    @asynccontextmanager
    async def corrupted(self, corruption: str) -> AsyncIterator[int]:
        """Corrupt the database within the block. Yields the number of rows that the last statement changed."""
        transaction = self.connection.transaction()
        await transaction.start()
        try:
            # So by hand that not even foreign keys and checks are looked at.
            await self.connection.execute("set local session_replication_role = replica")
            status = await self.connection.execute(corruption)
            yield int(status.rpartition(" ")[2])
        finally:
            await transaction.rollback()

    async def contradictions(self) -> dict[str, list[str]]:
        return {proof.name: proof.contradictions async for proof in run_proofs(KINDS, self.connection) if proof.contradictions}


async def build(store: Instance) -> None:
    """Six revisions: a first load, a rival, a correction, a source that is later withheld, its withholding, an undo."""
    # Loaded first, so that its keys are known.
    await store.load(paper=document("paper", {"events": [{"id": "battle", "name": "A clash", "kind": "battle"}]}))
    rival: dict[str, list[dict[str, object]]] = {
        "events": [{"id": "battle", "name": "A fight", "kind": "battle"}],
        "actors": [{"id": "brigade", "aliases": ["The brigade"]}],
    }
    await store.load(paper=document("paper", WORLD), rival=document("rival", rival, relays=["office"]))
    await store.load(paper=document("paper", world_with(killed={"best": "13"}, war={"summary": "A war."})))
    closed = {
        "figures": [{"id": "killed", "event": "battle", "measure": "killed", "low": "778", "best": "777", "rank": "preferred"}],
        "events": [{"id": "battle", "name": "Closed", "kind": "battle", "started_on": "2044-01-01", "date_precision": "1"}],
    }
    await store.load(closed=document("closed", closed))
    await store.load(closed=document("closed", closed, redistributable=False))
    await store.load(closed=document("closed", closed, redistributable=False, publisher="The closed"))


@pytest_asyncio.fixture(scope="module")
async def corruptible(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Corruptible]:
    store = Instance(databases, await databases.fresh(), tmp_path_factory.mktemp("corruptible"))
    await build(store)
    # Prepared statements of any length are kept, so that proofs are planned once.
    connection = await asyncpg.connect(store.url, statement_cache_size=1000, max_cacheable_statement_size=0)
    yield Corruptible(connection, store.url)
    await connection.close()


async def test_a_clean_database_passes(corruptible: Corruptible) -> None:
    tables = " union all ".join(
        f"select count(*) n from {table}" for table in ("event_history", "figure_claim_history", "figure_withheld", "claim_tombstone")
    )
    assert await corruptible.connection.fetchval(f"select min(n) from ({tables}) c") > 0
    assert await corruptible.contradictions() == {}


@pytest.mark.nightly
async def test_the_collections_of_the_project_pass(aleppo: Instance) -> None:
    assert [proof async for proof in verify(KINDS, aleppo.url) if proof.contradictions] == []


@pytest.mark.nightly
@pytest.mark.parametrize("name", CORRUPTIONS)
async def test_corrupted_rows_are_named(corruptible: Corruptible, name: str) -> None:
    async with corruptible.corrupted(CORRUPTIONS[name][0]) as count:
        assert count, "nothing was corrupted"
        found = await corruptible.contradictions()
    assert named(name, found), found


BATCHES = 8


@pytest.mark.sampled(1)
@pytest.mark.parametrize("first", range(BATCHES))
async def test_rows_corrupted_together_are_named(corruptible: Corruptible, first: int) -> None:
    """A verification takes a third of a second, so by default every eighth corruption is verified together; those that others hide, alone."""
    batch = list(CORRUPTIONS)[first::BATCHES]
    hidden = []
    async with corruptible.corrupted("select 1"):
        for name in batch:
            try:
                async with corruptible.connection.transaction():
                    status = await corruptible.connection.execute(CORRUPTIONS[name][0])
            except asyncpg.PostgresError:
                status = "0"
            hidden += [name] * (status.rpartition(" ")[2] == "0")
        found = await corruptible.contradictions()
    hidden += [name for name in batch if name not in hidden and not named(name, found)]
    for name in hidden:
        await test_corrupted_rows_are_named(corruptible, name)


def named(name: str, found: dict[str, list[str]]) -> bool:
    """Whether the contradictions that were found, by proof, contain what must be said of a corruption."""
    _, proof, said = CORRUPTIONS[name]
    return any(said in one for by, texts in found.items() if by.startswith(proof) for one in texts)


# Columns that may change without anything that readers see being false; docs/model.md says so too.
NOT_COVERED = {
    *(f"{kind}_withheld.key" for kind in KINDS),  # Nothing refers to it.
    "event.packed_in",  # If it is later than it need be, a query reads more, with the same result.
}
OTHER_VALUES = {
    "text": "coalesce({0}, '') || 'x'", "boolean": "not coalesce({0}, false)", "date": "coalesce({0}, date '2000-01-01') + 1",
    "timestamp with time zone": "{0} + interval '1 microsecond'", "jsonb": "coalesce({0}, '{{}}') || '{{\"x\": 1}}'", "text[]": "array_append({0}, 'x')",
    "bigint[]": "array_append({0}, 1)", "bytea": "{0} || 'x'",
    **dict.fromkeys(("smallint", "integer", "bigint", "numeric", "double precision"), "coalesce({0}, 0) + 1"),
}  # fmt: skip


async def cells(connection: asyncpg.Connection) -> list[tuple[str, str, str]]:
    """Every column of every table, with an expression of another value."""
    rows = await connection.fetch(
        "select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type from pg_class c "
        "join pg_attribute a on a.attrelid = c.oid where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attnum > 0 "
        "and not a.attisdropped and c.relname <> 'alembic_version' order by 1, 2"
    )
    other = {row["column"]: OTHER_VALUES.get(row["type"], "null") for row in rows}
    return [(row["table"], row["column"], OTHER_VALUES.get(row["type"], "null").format(row["column"])) for row in rows if other]


async def test_every_changed_cell_is_found(corruptible: Corruptible) -> None:
    """One value of one row, changed to another, in any table."""
    columns = await cells(corruptible.connection)
    seen = []

    @examples(3, nightly=4000)
    @given(cell=st.sampled_from(columns), place=st.integers(0, 20))
    async def found(cell: tuple[str, str, str], place: int) -> None:
        table, column, value = cell
        rows = await corruptible.connection.fetch(f"select ctid::text from {table} order by ctid")
        if not rows or f"{table}.{column}" in NOT_COVERED:
            return
        row = rows[place % len(rows)]["ctid"]
        changed = f"update {table} set {column} = {value} where ctid = '{row}' and {column} is distinct from {value}"
        with suppress(asyncpg.IntegrityConstraintViolationError):  # Some values the database itself refuses.
            async with corruptible.corrupted(changed) as count:
                assert not count or await corruptible.contradictions(), f"{table}.{column}"
            seen.append(count)

    await run_property(found)
    assert sum(seen) > len(seen) / 2


async def test_sealing_history_again_changes_no_digest(corruptible: Corruptible) -> None:
    """The function for migrations computes what loads do."""
    async with corruptible.corrupted("select seal_history()"):
        changed = await corruptible.contradictions()
        rows = await corruptible.connection.fetch("select history from revision_digest order by revision")
    assert changed == {}
    assert rows == await corruptible.connection.fetch("select history from revision_digest order by revision")


async def test_revisions_show_the_digest_of_history(corruptible: Corruptible, aleppo: Instance) -> None:
    (row,) = await aleppo.rows("select encode(history, 'hex') as history from revision_digest where revision = 1")
    assert (await aleppo.get("/v1/revisions/1"))["data"]["history_digest"] == row["history"]
    assert (await aleppo.graphql("{ revision(id: 1) { historyDigest } }"))["revision"]["historyDigest"] == row["history"]


async def test_earlier_revisions_may_be_left_out(corruptible: Corruptible) -> None:
    async with corruptible.corrupted("update figure_history set low = 1 where removed_in = 3"):
        assert await corruptible.contradictions() != {}
        later = [proof async for proof in run_proofs(KINDS, corruptible.connection, since=3) if proof.contradictions]
    assert later == []


async def test_all_proofs_read_one_state_of_the_database(world: Instance) -> None:
    """What is done to the database after the first proof is for the next time."""
    proofs = verify(KINDS, world.url)
    first = await anext(proofs)
    await world.rows("update figure set best = 99")
    assert [proof.name for proof in [first, *[one async for one in proofs]] if proof.contradictions] == []
    if NIGHTLY:
        assert [proof async for proof in verify(KINDS, world.url) if proof.contradictions] != []


def test_the_command_names_the_rows_and_exits_with_an_error(world: Instance) -> None:
    def run() -> Result:
        return CliRunner().invoke(main, ["verify"], env={"DATABASE_URL": world.url}, catch_exceptions=False)

    if NIGHTLY:  # By default, tests/commands/test_commands.py verifies a clean database.
        clean = run()
        assert (clean.exit_code, {line[:4] for line in clean.stdout.splitlines()}) == (0, {"ok  "})
    asyncio.run(world.rows("update event set name = 'Victory' where id = 'battle'"))
    corrupt = run()
    assert corrupt.exit_code == 1
    assert "every event has the values of a live claim\n      event battle, name: differs from the claim" in corrupt.stdout
    assert "rows contradict their claims" in corrupt.stderr
    assert "Traceback" not in corrupt.stderr
