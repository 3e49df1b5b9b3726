"""What `verify` promises to catch, it catches, names, and exits with an error; a clean database passes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from api.loading.verify import verify
from schema.kinds import KINDS

from ..conftest import ROOT, Databases, Instance
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
}  # fmt: skip


class Corruptible:
    """Copies of a database that has live rows and history of every sort."""

    def __init__(self, databases: Databases, name: str) -> None:
        self.databases, self.name, self.count = databases, name, 0

    async def copy(self, corruption: str = "") -> str:
        self.count += 1
        connection = await asyncpg.connect(self.databases.url("postgres"))
        await connection.execute(f"create database {self.name}_{self.count} template {self.name}")
        await connection.close()
        url = self.databases.url(f"{self.name}_{self.count}")
        if corruption:
            connection = await asyncpg.connect(url)
            # So by hand that not even foreign keys are looked at.
            status = await connection.execute(f"set session_replication_role = replica; {corruption}")
            await connection.close()
            assert not status.endswith(" 0"), "nothing was corrupted"
        return url


@pytest_asyncio.fixture(scope="module")
async def corruptible(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Corruptible]:
    name = await databases.fresh()
    store = Instance(databases, name, tmp_path_factory.mktemp("corruptible"))
    # Loaded first, so that its keys are known.
    await store.load(paper=document("paper", {"events": [{"id": "battle", "name": "A clash", "kind": "battle"}]}))
    rival: dict[str, list[dict[str, object]]] = {
        "events": [{"id": "battle", "name": "A fight", "kind": "battle"}],
        "actors": [{"id": "brigade", "aliases": ["The brigade"]}],
    }
    await store.load(paper=document("paper", WORLD), rival=document("rival", rival, relays=["office"]))
    await store.load(paper=document("paper", world_with(killed={"best": "13"}, war={"summary": "A war."})))
    yield Corruptible(databases, name)


async def contradictions(url: str) -> dict[str, list[str]]:
    return {proof.name: proof.contradictions async for proof in verify(KINDS, url) if proof.contradictions}


async def test_a_clean_database_passes(corruptible: Corruptible, aleppo: Instance) -> None:
    url = await corruptible.copy()
    connection = await asyncpg.connect(url)
    assert (
        await connection.fetchval(
            "select min(n) from (select count(*) n from event_history union all select count(*) from figure_claim_history) c"
        )
        > 0
    )
    await connection.close()
    assert await contradictions(url) == {}
    assert await contradictions(aleppo.url) == {}


@pytest.mark.parametrize(("corruption", "proof", "said"), CORRUPTIONS.values(), ids=CORRUPTIONS)
async def test_corrupted_rows_are_named(corruptible: Corruptible, corruption: str, proof: str, said: str) -> None:
    found = await contradictions(await corruptible.copy(corruption))
    assert [one for one in found.get(proof, []) if said in one], found


async def test_all_proofs_read_one_state_of_the_database(corruptible: Corruptible) -> None:
    """What is done to the database after the first proof is for the next time."""
    url = await corruptible.copy()
    proofs = verify(KINDS, url)
    first = await anext(proofs)
    connection = await asyncpg.connect(url)
    await connection.execute("update figure set best = 99")
    await connection.close()
    assert [proof.name for proof in [first, *[one async for one in proofs]] if proof.contradictions] == []
    assert await contradictions(url) != {}


async def test_the_command_names_the_rows_and_exits_with_an_error(corruptible: Corruptible) -> None:
    def run(url: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "api", "verify"]
        return subprocess.run(
            command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, timeout=300, check=False
        )

    clean = run(await corruptible.copy())
    assert (clean.returncode, {line[:4] for line in clean.stdout.splitlines()}) == (0, {"ok  "})
    corrupt = run(await corruptible.copy(CORRUPTIONS["a value changed"][0]))
    assert corrupt.returncode == 1
    assert "no  every event has the values of a live claim\n      event battle, name: differs from the claim" in corrupt.stdout
    assert "2 rows contradict their claims" in corrupt.stderr
    assert "Traceback" not in corrupt.stderr
