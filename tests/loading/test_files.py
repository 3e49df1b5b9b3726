"""Loads of foreign files: all or nothing, every record told of, undisturbed by interruptions, by other loads and by bad records."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from api.errors import LoadRefused
from api.intake.map_files import map_format
from api.loading.file_receipt import FileReceipt
from api.loading.files import LoadOptions, load_files
from api.loading.stages import Stages
from api.loading.verify import verify
from api.sql import revision
from bench.ged import Plan, write
from schema.kinds import KINDS

from ..conftest import ROOT, Databases, Instance
from ..support.csv_files import read_csv, stored_rows, with_cell, write_csv
from ..support.ged_rows import geojson as ged_geojson
from ..support.ged_rows import row as ged_row
from ..support.properties import NIGHTLY, cases, examples

EVENTS = 60


@pytest.fixture(scope="session")
def ged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ged") / "events.csv"
    write(Plan(events=EVENTS), path)
    return path


async def taken(store: Instance, *paths: Path, **task: object) -> FileReceipt:
    """Load files as the claims of one release of GED, unless the test names another source."""
    options = LoadOptions(**{"source": "ucdp-ged", **task})  # type: ignore[arg-type]  # named as the fields of LoadOptions
    return await load_files(KINDS, store.url, list(paths), options)


@dataclass(frozen=True)
class FirstLoad:
    """The name of a database into which the events were loaded, to be copied; the file, the receipt, and the records that were rejected."""

    database: str
    file: Path
    receipt: FileReceipt
    rejected: list[dict[str, Any]]


@pytest_asyncio.fixture(scope="module")
async def first_load(databases: Databases, ged: Path, tmp_path_factory: pytest.TempPathFactory) -> FirstLoad:
    """The events, of which one comes twice, and two records that are bad."""
    content, folder = read_csv(ged), tmp_path_factory.mktemp("first")
    bad = [with_cell(content, 3, "date_start", "31/12/2001")[3], with_cell(content, 9, "best", "many")[9]]
    bad = [["900000001", *bad[0][1:]], ["900000002", *bad[1][1:]]]
    file = write_csv(folder / "first.csv", [*content, content[5], *bad])
    store = Instance(databases, name := await databases.fresh(), folder)
    receipt = await taken(store, file, reject_to=folder / "rejected.json")
    return FirstLoad(name, file, receipt, [json.loads(line) for line in (folder / "rejected.json").read_text("utf-8").splitlines()])


@pytest_asyncio.fixture
async def loaded(databases: Databases, first_load: FirstLoad, tmp_path: Path) -> AsyncIterator[Instance]:
    """A store with the events."""
    yield Instance(databases, name := await databases.fresh(first_load.database), tmp_path)
    await databases.drop(name)


def balanced(receipt: FileReceipt) -> bool:
    told = receipt.summary()
    return told["read"] == sum(int(str(told[what])) for what in ("added", "changed", "unchanged", "rejected", "repeated"))


async def test_with_reject_to_good_records_are_loaded_once_and_bad_ones_written_out(
    loaded: Instance, first_load: FirstLoad, ged: Path
) -> None:
    first, content = first_load.receipt, read_csv(ged)
    assert (first.added, first.changed, first.unchanged, first.revision) == (EVENTS, 0, 0, 1) and balanced(first)
    assert (first.intake.sum("repeated"), first.intake.flags["repeated"]) == (1, 1)
    assert first.intake.sum("rejected") == 2 and [one["entry"] for one in first_load.rejected] == ["id 900000001", "id 900000002"]
    record = first_load.rejected[1]["record"]
    assert record["best"] == "many" and record["dyad_name"] == content[9][content[0].index("dyad_name")]
    there = [row["id"] for row in await loaded.rows("select id from event order by id")]
    assert there == sorted(f"ucdp-ged-{row[0]}" for row in content[1:])


@pytest.mark.nightly
async def test_the_same_records_again_change_nothing(loaded: Instance, ged: Path) -> None:
    before = await stored_rows(loaded)
    again = await taken(loaded, ged)
    assert (again.added, again.changed, again.unchanged, again.revision) == (0, 0, EVENTS, None) and balanced(again)
    assert await stored_rows(loaded) == before


async def test_records_rejected_before_are_refused_without_reject_to(loaded: Instance, first_load: FirstLoad) -> None:
    """The load is not recognized as done."""
    with pytest.raises(LoadRefused, match="must be a number"):
        await taken(loaded, first_load.file)


async def test_rows_that_move_keep_their_claims(store: Instance, tmp_path: Path) -> None:
    """The number of a row is its place in the file, and a part of what identifies a claim: it must not become another claim for that.

    One file has rows without an id, which say what they are by their values; the rows of the other name their events.
    """
    bare, events = tmp_path / "bare.csv", tmp_path / "events.csv"
    head, rows = "#date,#loc+name,#affected+killed\n", [f"2024-03-0{n},Village {n},{n}\n" for n in range(1, 5)]
    named_head = "#event+id,#event+name,#loc+name,#date,#affected+killed\n"
    named = [f"{n % 3},Attack,Town {n},2024-03-0{n},{n}\n" for n in range(2, 9)]
    bare.write_text(head + "".join(rows[1:]), "utf-8")
    events.write_text(named_head + "".join(named), "utf-8")
    first = await taken(store, bare, events, source="rows")
    assert (first.added, first.changed, first.unchanged) == (10, 0, 0) and balanced(first)
    before = await stored_rows(store)
    bare.write_text(head + "".join(rows[:3]), "utf-8")  # The first row is new, and the last one is gone.
    events.write_text(named_head + "5,Attack,Town 1,2024-03-01,1\n" + "".join(named), "utf-8")  # With the number of that row.
    moved = await taken(store, bare, events, source="rows", snapshot=True)
    changes = {
        kind: {name: number for name, number in counts.items() if number and name != "unchanged"} for kind, counts in moved.claims.items()
    }
    one_gone = {"added": 2, "retracted": 1}
    assert changes == {"source": {}, "actor": {}, "location": one_gone, "event": one_gone, "participation": {}, "figure": one_gone}
    assert (moved.added, moved.changed, moved.unchanged) == (2, 0, 9) and balanced(moved)
    after = await stored_rows(store)
    assert [len({*before[table]} - {*after[table]}) for table in ("event_claim", "figure_claim")] == [1, 1]
    assert [line for line in warnings(moved) if "twice" in line or "the same" in line or "beside" in line] == []
    if not NIGHTLY:
        return
    events.write_text(named_head + "".join(reversed(named)).replace("Town 7,2024-03-07,7", "Town 7,2024-03-07,70"), "utf-8")
    corrected = await taken(store, bare, events, source="rows", snapshot=True)
    assert {name: corrected.claims["figure"][name] for name in ("added", "changed", "retracted")} == {
        "added": 1,
        "changed": 0,
        "retracted": 2,
    }
    assert [proof.name async for proof in verify(KINDS, store.url) if proof.contradictions] == []


@pytest.mark.parametrize("withheld", [False, pytest.param(True, marks=pytest.mark.nightly)], ids=["public", "withheld"])
async def test_rows_of_two_files_with_one_number_change_each_by_itself(store: Instance, tmp_path: Path, withheld: bool) -> None:
    """The rows name their events. Both files have two rows that change; the second file then has a new row before them, with the number of one of these."""
    files = [tmp_path / "east.csv", tmp_path / "west.csv"]
    column = ["sub_event_type", "#event+type", "Armed clash"] if withheld else ["Note", "#description", "Seen"]
    head = ["Event,Name,Day,Town,Dead", "#event+id,#event+name,#date,#loc+name,#affected+killed"]
    for number in (1, 2):
        for file in files:
            rows = [(9, 9)] * ((number, file) == (2, files[1])) + [(1, number), (2, 7), (3, number)]
            lines = [f"{file.stem}-{event},Attack,2024-03-0{event},{file.stem} {event},{dead}" for event, dead in rows]
            cells = [*column[:2], *[column[2]] * len(rows)]
            file.write_text("".join(f"{line},{cell}\n" for line, cell in zip(head + lines, cells, strict=True)), "utf-8")
        receipt = await taken(store, *files, source="rows", snapshot=True)
    assert (receipt.added, receipt.changed, receipt.unchanged) == (1, 4, 2) and balanced(receipt)
    assert bool(receipt.withheld) == withheld


async def test_a_withheld_row_that_moves_keeps_its_claims(store: Instance, tmp_path: Path) -> None:
    head, rows = (
        "Day,Town,Dead,sub_event_type\n#date,#loc+name,#affected+killed,#event+type\n",
        [f"2024-03-0{n},Town {n},{n},Armed clash\n" for n in range(2, 5)],
    )
    (path := tmp_path / "a.csv").write_text(head + "".join(rows), "utf-8")
    first = await taken(store, path, source="rows")
    assert first.withheld["figure"]["added"] == 3
    path.write_text(head + "2024-03-01,Town 1,1,Armed clash\n" + "".join(rows), "utf-8")
    moved = await taken(store, path, source="rows", snapshot=True)
    assert {name: moved.withheld["figure"][name] for name in ("added", "changed", "retracted", "unchanged")} == {
        "added": 1, "changed": 0, "retracted": 0, "unchanged": 3,
    }  # fmt: skip
    assert (moved.added, moved.changed, moved.unchanged) == (1, 0, 3) and balanced(moved)


async def test_only_what_differs_moves_and_a_dry_run_tells_it_before(loaded: Instance, ged: Path, tmp_path: Path) -> None:
    before = await stored_rows(loaded)
    content = read_csv(ged)
    best = int(content[7][content[0].index("best")])
    changed = with_cell(content, 7, "best", str(best + 1))
    changed = with_cell(changed, 8, "source_article", '"Somebody,2001-02-03,Something else"')
    file = write_csv(tmp_path / "changed.csv", [*changed[:20], *changed[21:]])  # One record less.
    dry = await taken(loaded, file, dry_run=True)
    assert await stored_rows(loaded) == before
    assert [str(change) for change in dry.changes.first] == [f"figure ucdp-ged-{content[7][0]}-total, best: {best} → {best + 1}"]
    receipt = await taken(loaded, file)
    assert receipt.revision == 2 and (dry.added, dry.changed, dry.claims) == (receipt.added, receipt.changed, receipt.claims)
    assert (receipt.added, receipt.changed, receipt.unchanged) == (0, 2, EVENTS - 3) and balanced(receipt)
    assert receipt.claims["figure"] == {"added": 0, "changed": 1, "retracted": 0, "unchanged": 294}  # The articles belong to the event.
    ids = [f"ucdp-ged-{row[0]}" for row in content[1:]]
    assert [row["id"] for row in await loaded.rows("select id from event order by id")] == sorted(ids)  # What a file lacks stays.
    if NIGHTLY:
        assert [proof.name async for proof in verify(KINDS, loaded.url) if proof.contradictions] == []


async def test_a_snapshot_waits_for_the_load_before_it_and_retracts_what_it_lacks(loaded: Instance, ged: Path, tmp_path: Path) -> None:
    newer, told = write_csv(tmp_path / "newer.csv", read_csv(ged)[:46]), list[str]()
    holder = await asyncpg.connect(loaded.url, server_settings={"application_name": "conflict-facts load other by somebody"})
    transaction = holder.transaction()
    await transaction.start()
    await holder.execute(revision.LOCK)
    loading = asyncio.create_task(taken(loaded, newer, snapshot=True, on_stage=Stages(lambda stages: told.append(stages.label))))
    async with asyncio.timeout(120):
        while not any(one.startswith("waiting") for one in told):  # noqa: ASYNC110  # what is waited for comes from PostgreSQL
            await asyncio.sleep(0.05)
    assert "conflict-facts load other by somebody, since " in next(one for one in told if one.startswith("waiting"))
    await transaction.rollback()
    await holder.close()
    receipt = await loading
    assert receipt.unchanged == 45 and receipt.claims["event"] == {"added": 0, "changed": 0, "retracted": 15, "unchanged": 45}
    assert len(await loaded.rows("select from event")) == 45
    reasons = await loaded.rows("select distinct reason from event_claim_history")
    assert [row["reason"] for row in reasons] == ["retracted"]


@pytest.mark.nightly
async def test_only_what_was_loaded_from_files_can_be_replaced(store: Instance, ged: Path, tmp_path: Path) -> None:
    """A mistyped name would add a second copy of every claim, and that of a collection would retract what is in its folder."""
    await taken(store, ged, snapshot=True)  # Of an empty database.
    before = await stored_rows(store)
    with pytest.raises(LoadRefused, match=r"--replace ucdp-gde: .*; did you mean ucdp-ged; to load a new source beside them"):
        await taken(store, ged, source="ucdp-gde", snapshot=True)
    assert await stored_rows(store) == before
    store.write("mine/paper.yaml", "source: {id: paper, title: T, kind: article}\n")
    await store.load()
    with pytest.raises(LoadRefused, match="--replace mine: it is a collection that was loaded from a folder"):
        await taken(store, ged, source="mine", snapshot=True)
    table = tmp_path / "figures.csv"
    table.write_text("id,source,collection,event,measure,best\nf,paper,other,e,killed,1\n")
    with pytest.raises(LoadRefused, match="--replace ucdp-ged: the claims of these files belong to other"):
        await taken(store, table, snapshot=True)


@pytest.mark.nightly
async def test_several_files_of_one_format_are_one_revision_and_others_are_refused(store: Instance, ged: Path, tmp_path: Path) -> None:
    content = read_csv(ged)
    first, second = write_csv(tmp_path / "a.csv", content[:31]), write_csv(tmp_path / "b.csv", [content[0], *content[31:]])
    table = tmp_path / "table.csv"
    table.write_text("Country,Killed\n#country+code,#affected+killed\nSYR,5\n")
    with pytest.raises(
        LoadRefused, match=r"a\.csv is in the format ucdp-ged, and table\.csv in hxl: load the files of each format separately"
    ):
        await taken(store, first, table)
    receipt = await taken(store, first, second)
    assert (receipt.added, receipt.revision, len(receipt.intake.files)) == (EVENTS, 1, 2) and balanced(receipt)
    again = await taken(store, ged)
    assert (again.unchanged, again.revision) == (EVENTS, None)


async def test_a_file_that_cannot_be_read_is_the_culprit_and_not_the_database(store: Instance, tmp_path: Path) -> None:
    for path, reason in ((tmp_path, "Is a directory"), (tmp_path / "none.csv", "No such file or directory")):
        with pytest.raises(LoadRefused, match=f"^{path}: {reason}; nothing was written"):
            await taken(store, path)


@pytest.mark.nightly
async def test_bad_records_refuse_all_and_each_is_named(store: Instance, ged: Path, tmp_path: Path) -> None:
    content = read_csv(ged)
    bad = with_cell(with_cell(content, 3, "date_start", "31/12/2001"), 9, "best", "many")
    contradicting = with_cell(content, 5, "best", "999")[5]
    with pytest.raises(LoadRefused) as refused:
        await taken(store, write_csv(tmp_path / "bad.csv", [*bad, contradicting]))
    said = str(refused.value)
    assert f"bad.csv, id {content[3][0]}, date_start, '31/12/2001': must be a date such as 2024-11-27; in a map, " in said
    assert f"bad.csv, id {content[9][0]}, best, 'many': must be a number" in said
    assert re.search(f"id {content[5][0]}.*is the id of record 5 and of record {EVENTS + 1}, which differ", said)
    assert f"4 of {EVENTS + 1} records rejected; nothing was written" in said
    assert not await store.rows("select from revision")


async def test_a_file_without_records_replaces_nothing(loaded: Instance, ged: Path, tmp_path: Path) -> None:
    """As of an export that was cut off after its header."""
    with pytest.raises(LoadRefused, match=r"--replace ucdp-ged: the files have no record .* `conflict-facts retract ucdp-ged`"):
        await taken(loaded, write_csv(tmp_path / "cut.csv", read_csv(ged)[:1]), snapshot=True)
    assert await loaded.rows("select max(id) as newest from revision") == [(1,)]


UNREAD = {
    "a number in words": "2024-03-01,Town 1,twelve\n2024-03-02,Town 2,4\n",
    "two rows of one id": "2024-03-01,Town 1,3\n2024-03-01,Town 1,5\n2024-03-02,Town 2,4\n",
    "cells beyond the last column": "2024-03-01,Town 1,3,x,y\n2024-03-02,Town 2,4\n",
    "an unclosed quotation mark": '2024-03-01,"Town 1,3\n2024-03-02,Town 2",4\n2024-03-03,Town 3,5\n',
    "every row": "2024-03-01,Town 1,twelve\n2024-03-02,Town 2,four\n",
}


async def test_a_replacement_removes_nothing_that_the_file_has_and_that_cannot_be_read(table: Instance, tmp_path: Path) -> None:
    """By default, each of three such files is loaded in another way."""
    path, map, aside = tmp_path / "a.csv", tmp_path / "m.map.yaml", tmp_path / "rejected.json"
    map.write_text(WITHDRAWN_MAP, "utf-8")
    head = "Day,Town,Killed\n"
    options: dict[str, Any] = {"source": "mine", "map": map_format(KINDS, map)}
    before = await stored_rows(table)
    for number, rows in enumerate(UNREAD.values()):
        path.write_text(head + rows, "utf-8")
        ways: list[tuple[bool, Path | None]] = [(False, aside), (True, aside), (False, None)]
        for dry_run, reject_to in ways if NIGHTLY else ways[number : number + 1]:
            aside.unlink(missing_ok=True)
            with pytest.raises(LoadRefused) as refused:
                await taken(table, path, snapshot=True, dry_run=dry_run, reject_to=reject_to, **options)
            said = str(refused.value)
            rejected = int(said.partition("load refused: ")[2].partition(" of ")[0])
            assert rejected and "--replace mine would remove what was read from them earlier: correct them, or load" in said
            assert said.endswith("without --replace")
            written = reject_to is not None and not dry_run
            assert (f"rejected and written to {aside}; nothing else was written" in said) == written == aside.exists()
            assert not written or len(aside.read_text("utf-8").splitlines()) == rejected
    assert await stored_rows(table) == before
    path.write_text(f"{head}2024-03-01,Town 1,twelve\n2024-03-02,Town 2,5\n", "utf-8")
    if not NIGHTLY:
        return
    kept = await taken(table, path, reject_to=aside, **options)  # As the message says.
    assert kept.claims["figure"] == {"added": 0, "changed": 1, "retracted": 0, "unchanged": 0}


@pytest.mark.parametrize("name", ['"gwnoa', '"gwnoa"x'])
async def test_a_header_whose_quotation_mark_swallows_lines_is_refused(store: Instance, ged: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / "header.csv"
    path.write_text(ged.read_text("utf-8").replace("gwnoa", name, 1), "utf-8")
    with pytest.raises(LoadRefused, match=r"header.csv: has a (header of several lines|misplaced quotation mark in its header)"):
        await taken(store, path)


Interrupt = Callable[[subprocess.Popen[str], str], None]


def kill(process: subprocess.Popen[str], url: str) -> None:
    process.kill()


def interrupt(process: subprocess.Popen[str], url: str) -> None:
    process.send_signal(signal.SIGINT)


def cut(process: subprocess.Popen[str], url: str) -> None:
    """The database goes away in the middle: here, it ends the connection."""

    async def end() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'conflict-facts load%' and datname = current_database()"
        )
        await connection.close()

    asyncio.run(end())


STOPS = {kill: "settle events", interrupt: "merge figures", cut: "copying"}


# By default, tests/loading/test_collections.py ends the connection of a load.
@pytest.mark.nightly
@pytest.mark.parametrize(
    ("stop", "stage"), [pytest.param(stop, stage, id=f"{stop.__name__}-{stage}") for stop in STOPS for stage in sorted(STOPS.values())]
)
def test_an_interrupted_load_leaves_the_database_unchanged_and_the_next_works(
    databases: Databases, ged: Path, tmp_path: Path, stage: str, stop: Interrupt
) -> None:
    store = Instance(databases, asyncio.run(databases.fresh()), tmp_path)
    before = asyncio.run(stored_rows(store))
    environment = {**os.environ, "DATABASE_URL": store.url}
    command = [sys.executable, "-m", "api", "load", str(ged), "--source", "ucdp-ged"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stderr
    told = []
    for line in process.stderr:
        told.append(line)
        if line.startswith(stage):
            stop(process, store.url)
            break
    rest = process.stderr.read()
    process.stderr.close()
    code = process.wait(300)
    assert "Traceback" not in rest, rest
    if code == 0:  # It was done before it could be stopped: then all of it is there.
        assert len(asyncio.run(store.rows("select from event"))) == EVENTS, (told, rest)
        return
    for _ in range(1200):  # The server notices that the client is gone when it next writes to it.
        if not asyncio.run(
            store.rows(
                "select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())"
            )
        ):
            break
        time.sleep(0.1)
    assert asyncio.run(stored_rows(store)) == before
    assert asyncio.run(taken(store, ged)).added == EVENTS


JUNK = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["-1", "1e400", "NaN", "2001-02-30", "1753-01-01", "'", '"', "\x1f", "999999999999999999999", " "]),
)


@pytest.mark.nightly
@examples(2, nightly=200)
@given(data=st.data())
def test_a_damaged_cell_is_refused_by_name_or_kept_unchanged(databases: Databases, ged: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = read_csv(ged)[:12]
    record = data.draw(st.integers(1, len(content) - 1))
    column = data.draw(st.sampled_from(content[0]))
    cell = data.draw(JUNK)
    path = write_csv(tmp_path / "damaged.csv", with_cell(content, record, column, cell))

    async def attempt() -> None:
        store = Instance(databases, await databases.fresh(), tmp_path)
        try:
            receipt = await taken(store, path)
        except LoadRefused as refused:
            assert "damaged.csv" in str(refused)
            return
        assert balanced(receipt) and receipt.added == len(content) - 1
        (event,) = await store.rows("select c.original from event_claim c where locator = $1", f"id {read_csv(path)[record][0].strip()}")
        kept = json.loads(event["original"])
        if cell.strip() and column in kept:
            assert kept[column] == cell.strip()

    asyncio.run(attempt())


# Releases: files of one dataset that differ about the same records


@pytest.fixture
def geojson(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a feature collection of one event that begins with these members."""

    def write_features(members: str) -> Path:
        path = tmp_path / "release.geojson"
        path.write_text(ged_geojson([ged_row(1)]).replace("{", "{" + members, 1), "utf-8")
        return path

    return write_features


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("members", "source"),
    [('"name": "GEDEvent_v23_1",', "ucdp-ged-23-1"), ('"crs": {"name": "x"}, "name": "GEDEvent_v24_0_12",', "ucdp-ged-24-0-12")],
)
async def test_a_release_is_read_from_the_file(store: Instance, geojson: Callable[[str], Path], members: str, source: str) -> None:
    await taken(store, geojson(members), source="")
    claims = await store.rows("select distinct s.id from event_claim c join source s on s.key = c.source")
    assert [row["id"] for row in claims] == [source]


async def test_a_release_that_no_file_states_is_asked_for(store: Instance, geojson: Callable[[str], Path]) -> None:
    for members in ('"name": "events",', '"crs": {"name": "GEDEvent_v23_1"},', ""):
        with pytest.raises(LoadRefused, match=r"release\.geojson: .* releases are sources of their own.*--source ucdp-ged-19-1; nothing"):
            await taken(store, geojson(members), source="")
    assert not await store.rows("select from revision")


async def test_a_table_states_no_release_whatever_its_name(store: Instance, ged: Path, tmp_path: Path) -> None:
    named = write_csv(tmp_path / "GEDEvent_v23_1.csv", read_csv(ged)[:3])
    with pytest.raises(LoadRefused, match=r"does not state its release\. Add --source ID, for example --source ucdp-ged-19-1"):
        await taken(store, named, source="")


async def test_releases_stand_side_by_side_and_one_that_states_what_it_revises_is_preferred(
    store: Instance, ged: Path, tmp_path: Path
) -> None:
    content = read_csv(ged)[:4]
    total, best = f"ucdp-ged-{content[1][0]}-total", content[1][content[0].index("best")]
    corrected = str(int(best) + 39)
    old, newer = write_csv(tmp_path / "old.csv", content), write_csv(tmp_path / "new.csv", with_cell(content, 1, "best", corrected))
    assert (await taken(store, old, source="ucdp-ged-19-1")).added == 3
    receipt = await taken(store, newer, source="ucdp-ged-20-1", revises="ucdp-ged-19-1")
    assert (receipt.added, receipt.changed) == (3, 0)
    claims = await store.rows(
        "select s.id as source, c.best from figure_claim c join figure f on f.key = c.record join source s on s.key = c.source where f.id = $1 order by 1",
        total,
    )
    assert [(row["source"], int(row["best"])) for row in claims] == [("ucdp-ged-19-1", int(best)), ("ucdp-ged-20-1", int(corrected))]
    assert len(await store.rows("select from event")) == 3
    assert await store.rows("select f.best::text from figure f where f.id = $1", total) == [(corrected,)]
    if NIGHTLY:
        again = await taken(store, newer, source="ucdp-ged-20-1")
        assert again.revision is None  # What was stated stays.
    revised = await store.rows("select s.id, r.id as revises from source s join source r on r.key = s.revises")
    assert [tuple(row) for row in revised] == [("ucdp-ged-20-1", "ucdp-ged-19-1")]


@pytest.mark.nightly
async def test_what_a_loaded_release_revises_can_be_stated_later(store: Instance, ged: Path, tmp_path: Path) -> None:
    content = read_csv(ged)[:4]
    best = content[1][content[0].index("best")]
    corrected = str(int(best) + 39)
    old, newer = write_csv(tmp_path / "old.csv", content), write_csv(tmp_path / "new.csv", with_cell(content, 1, "best", corrected))
    await taken(store, newer, source="ucdp-ged-20-1")
    await taken(store, old, source="ucdp-ged-19-1")
    published = f"select f.best::text from figure f where f.id = 'ucdp-ged-{content[1][0]}-total'"
    assert await store.rows(published) == [(best,)]  # Of releases that state nothing of each other, the first id.
    await taken(store, newer, source="ucdp-ged-20-1", revises="ucdp-ged-19-1")
    assert await store.rows(published) == [(corrected,)]


async def test_what_cannot_revise_is_refused_with_the_reason(store: Instance, tmp_path: Path) -> None:
    store.write("mine/one.yaml", "source: {id: one, title: One, kind: dataset}\n")
    await store.load()
    file, table = tmp_path / "file.csv", tmp_path / "sources.csv"
    file.write_text("#date,#loc+name,#affected+killed\n2024-03-01,A,1\n", "utf-8")
    table.write_text("id,source,collection,title,kind\none,one,mine,One,dataset\n", "utf-8")
    with pytest.raises(LoadRefused, match="a source cannot revise itself"):
        await taken(store, file, source="one", revises="one")
    with pytest.raises(LoadRefused, match="these files name the source of each claim; state in a table of sources"):
        await taken(store, table, revises="two")
    with pytest.raises(LoadRefused, match="the source one is described by the collection mine; state there what it revises"):
        await taken(store, file, source="one", revises="two")
    with pytest.raises(LoadRefused, match="there is no source 'nobody'"):
        await taken(store, file, source="other", revises="nobody")


def warnings(receipt: FileReceipt) -> list[str]:
    return [line for file in receipt.intake.files for line in file.warnings]


async def test_a_corrected_number_beside_the_old_one_is_warned_of(store: Instance, tmp_path: Path) -> None:
    """The rows of one file name their events, those of the other have no id at all: then the event is another one too."""

    def write(name: str, place: str, dead: int) -> list[Path]:
        named, nameless = tmp_path / f"{name}.csv", tmp_path / f"{name}-nameless.csv"
        head = "Id,Place,Day,Dead\n#event+id,#event+name,#date,#affected+killed+new\n"
        named.write_text(f"{head}e9,A,2024-03-01,{dead}\ne8,{place},2024-03-01,{dead}\n")
        nameless.write_text(f"Place,Day,Dead\n#loc+name,#date,#affected+killed+new\nA,2024-03-01,{dead}\n")
        return [named, nameless]

    first, second = write("first", "B", 50), write("second", "C", 3)
    assert not any("beside" in line for line in warnings(await taken(store, *first, source="mine")))
    if NIGHTLY:
        assert not any("beside" in line for line in warnings(await taken(store, *second, source="another")))
    warned = warnings(await taken(store, *second, source="mine"))
    beside = [line for line in warned if re.search(r"figure mine-\S+ \(3\) stands beside figure mine-\S+ \(50\) of the same source", line)]
    nameless = [line for line in beside if "about an event with the same name, place and days" in line]
    assert (len(beside), len(nameless)) == (3, 1), "a number, one whose event has another name now, and one of the other file"
    assert any("--replace, or give its rows ids" in line for line in warned)
    assert (await store.rows("select count(*) as number from figure where id like 'mine-%'"))[0]["number"] == 6
    if NIGHTLY:
        assert not any("beside" in line for line in warnings(await taken(store, *first, source="mine", snapshot=True)))


TWICE_MAP = """
name: m
title: M
source: {{id: mine}}
dates: ["{dates}"]
columns: {{Date: [event.date{id}], Town: [place.name{id}], Killed: killed.best}}
event: {{kind: battle, country: MLI}}
figures: {{killed: {{measure: killed, population: all, unit: people, basis: flow}}}}
"""


ROWS = "01/03/2024,Gao,3\n02/03/2024,Gao,5\n03/03/2024,Mopti,\n"
OTHERS = "03/01/2024,Gao,3\n04/03/2024,Gao,5\n05/03/2024,Gao,7\n"
TWICE_HEAD = "Date,Town,Killed\n"
BY_VALUES, BY_CELLS = {"dates": "%d/%m/%Y", "id": ", row.id"}, {"dates": "%d/%m/%Y", "id": ""}
# What is changed between two loads: the map before and after, and the second file.
OTHER_IDS = {
    "rule": (BY_VALUES, BY_CELLS, TWICE_HEAD + ROWS),
    "pattern": (BY_VALUES, {**BY_VALUES, "dates": "%m/%d/%Y"}, TWICE_HEAD + ROWS),
    "column": (BY_CELLS, BY_CELLS, f"{TWICE_HEAD}{ROWS}".replace("\n", ",x\n")),
}


@pytest.mark.nightly
async def test_other_rows_are_not_warned_of(store: Instance, tmp_path: Path) -> None:
    path, map = tmp_path / "a.csv", tmp_path / "m.map.yaml"
    map.write_text(TWICE_MAP.format(**BY_VALUES), "utf-8")
    for rows in (ROWS, OTHERS):
        path.write_text(TWICE_HEAD + rows, "utf-8")
        receipt = await taken(store, path, source="rows", map=map_format(KINDS, map))
    assert not any("twice" in line or "the same" in line for line in warnings(receipt))


@pytest.mark.parametrize("change", cases(OTHER_IDS, ["rule"]))
async def test_the_same_rows_under_other_ids_are_warned_of(store: Instance, tmp_path: Path, change: str) -> None:
    """If what the ids of rows are made of changes, a load without --replace would count the same people twice."""
    (before, after, content), path, map = OTHER_IDS[change], tmp_path / "a.csv", tmp_path / "m.map.yaml"
    path.write_text(TWICE_HEAD + ROWS, "utf-8")
    map.write_text(TWICE_MAP.format(**before), "utf-8")
    await taken(store, path, source="mine", map=map_format(KINDS, map))
    path.write_text(content, "utf-8")
    map.write_text(TWICE_MAP.format(**after), "utf-8")
    lines = warnings(await taken(store, path, source="mine", map=map_format(KINDS, map)))
    assert {re.sub(r"figure mine-[^ ,]+", "figure", line) for line in lines if "says the same" in line} == {
        f"figure ({killed}) says the same as figure, which its source has already and these files do not state" for killed in (3, 5)
    }
    assert lines[-1].startswith("2 figures of 2 may count the same people twice, under two ids") and "`--replace mine`" in lines[-1]
    if not NIGHTLY:
        return
    replaced = await taken(store, path, source="mine", map=map_format(KINDS, map), snapshot=True)
    assert not any("the same" in line for line in warnings(replaced))
    assert (await store.rows("select sum(best)::int as killed from figure"))[0]["killed"] == 8


WITHDRAWN_MAP = """
name: m
title: M
source: {id: mine}
sentinels: [-99]
columns:
  Day: [event.date, row.id]
  Town: [place.name, row.id]
  Killed: {to: killed.best, optional: true}
  Injured: {to: injured.best, optional: true}
event: {kind: battle, country: MLI}
figures:
  killed: {measure: killed, population: all, unit: people, basis: flow}
  injured: {measure: injured, population: all, unit: people, basis: flow}
"""


DAYS = [f"2024-03-0{n}" for n in range(1, 7)]
TABLE = [f"{day},Town {n},{n},{n + 6}\n" for n, day in enumerate(DAYS, 1)]


@pytest_asyncio.fixture(scope="module")
async def table_template(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with the table, to be copied."""
    folder = tmp_path_factory.mktemp("table")
    (path := folder / "a.csv").write_text("Day,Town,Killed,Injured\n" + "".join(TABLE), "utf-8")
    (map := folder / "m.map.yaml").write_text(WITHDRAWN_MAP, "utf-8")
    store = Instance(databases, name := await databases.fresh(), folder)
    assert (await taken(store, path, source="mine", map=map_format(KINDS, map))).added == len(TABLE)
    return name


@pytest_asyncio.fixture
async def table(databases: Databases, table_template: str, tmp_path: Path) -> AsyncIterator[Instance]:
    """A store with the table."""
    yield Instance(databases, name := await databases.fresh(table_template), tmp_path)
    await databases.drop(name)


async def test_a_number_that_its_row_does_not_state_any_more_is_retracted(table: Instance, tmp_path: Path) -> None:
    """A row that is in the file again speaks for itself; a row, or a column, that the file lacks says nothing."""
    path, map = tmp_path / "a.csv", tmp_path / "m.map.yaml"
    map.write_text(WITHDRAWN_MAP, "utf-8")

    async def loaded(text: str) -> FileReceipt:
        path.write_text(text, "utf-8")
        return await taken(table, path, source="mine", map=map_format(KINDS, map))

    first = DAYS[0]
    silent = f"Day,Town\n{first},Town 1\n", f"Day,Town,Killed\n{first},Town 1,1\n", f"Day,Town,Injured\n{first},Town 1,7\n"
    for text in silent if NIGHTLY else silent[:1]:
        receipt = await loaded(text)
        assert receipt.claims["figure"]["retracted"] == 0 and not any("retracted" in line for line in warnings(receipt)), text
    cells = dict(zip(DAYS, ("", "-", "-99", "n/a", "5"), strict=False))
    rows = [f"{day},Town {n},{killed},{n + 6}\n" for n, (day, killed) in enumerate(cells.items(), 1)]
    receipt = await loaded("Day,Town,Killed,Injured\n" + "".join(rows) + "2024-03-09,Gao,1,7\n")  # The last row is new.
    assert receipt.claims["figure"] == {"added": 2, "changed": 0, "retracted": 4, "unchanged": 6}
    assert sorted(re.sub(r"mine-\S+", "F", line) for line in warnings(receipt) if "retracted" in line) == [
        f"figure F ({n}): the row with the id {day} Town {n} has no value for it any more, so what its source said there earlier is retracted"
        for n, day in enumerate(DAYS[:4], 1)
    ]
    assert not any("twice" in line or "lacks" in line for line in warnings(receipt))
    assert (receipt.added, receipt.changed, receipt.unchanged, receipt.changes.count) == (1, 4, 1, 4)
    killed = await table.rows("select best::int as best from figure where measure = 'killed' order by best")
    assert [row["best"] for row in killed] == [1, 5, 6]
    reasons = await table.rows("select distinct reason from figure_claim_history")
    assert [row["reason"] for row in reasons] == ["retracted"]
    assert [proof.name async for proof in verify(KINDS, table.url) if proof.contradictions] == []


async def test_a_withheld_number_that_its_row_does_not_state_any_more_ends_too(store: Instance, tmp_path: Path) -> None:
    path, map = tmp_path / "a.csv", tmp_path / "m.map.yaml"
    map.write_text(WITHDRAWN_MAP.replace("{id: mine}", "{id: mine, redistributable: false}"), "utf-8")
    ends = [
        ("2024-03-01,Gao,3,7\n2024-03-02,Gao,4,\n", 0, [3, 4, 7]),
        ("2024-03-01,Gao,,7\n2024-03-02,Gao,4,\n", 1, [4, 7]),
        ("2024-03-02,Gao,5,\n2024-03-01,Gao,3,7\n", 0, [3, 5, 7]),
    ]
    for rows, retracted, left in ends if NIGHTLY else ends[:2]:
        path.write_text(f"Day,Town,Killed,Injured\n{rows}", "utf-8")
        receipt = await taken(store, path, source="mine", map=map_format(KINDS, map))
        assert receipt.withheld["figure"]["retracted"] == retracted, rows
        assert not any("retracted" in line for line in receipt.intake.files[0].warnings)  # It would say what is withheld.
        standing = await store.rows("select best::int as best from figure_withheld where removed_in is null order by best")
        assert [row["best"] for row in standing] == left and await store.rows("select from figure") == []
    if NIGHTLY:
        assert [proof.name async for proof in verify(KINDS, store.url) if proof.contradictions] == []


@pytest.fixture
def doubles(table: Instance, tmp_path: Path) -> Callable[..., Awaitable[list[str]]]:
    """Loads these rows as the table, and returns the warnings of people who would be counted twice."""
    path, map = tmp_path / "a.csv", tmp_path / "m.map.yaml"
    map.write_text(WITHDRAWN_MAP, "utf-8")

    async def found(*lines: str, dry_run: bool = True) -> list[str]:
        path.write_text("Day,Town,Killed,Injured\n" + "".join(lines), "utf-8")
        receipt = await taken(table, path, source="mine", map=map_format(KINDS, map), dry_run=dry_run)
        return [line for line in warnings(receipt) if "twice" in line]

    return found


async def test_a_day_or_a_place_that_was_corrected_in_the_id_of_a_row_is_warned_of(doubles: Callable[..., Awaitable[list[str]]]) -> None:
    """The table is loaded again, with the day of the second row and the place of the third corrected: their people would be counted twice."""
    (line,) = await doubles(TABLE[0], *TABLE[3:], "2024-03-21,Town 2,2,8\n", "2024-03-03,City 3,3,9\n", "2024-05-05,X,100,200\n")
    assert line.startswith("4 figures of 6 may count the same people twice")
    assert "a day or a place gave rows other ids" in line and "`--replace mine`" in line


@pytest.mark.nightly
async def test_new_rows_with_numbers_of_earlier_ones_are_no_such_correction(doubles: Callable[..., Awaitable[list[str]]]) -> None:
    assert await doubles("2024-04-01,Town 1,1,7\n", dry_run=False) == []  # A part of the table, which lacks most rows.
    again = [*TABLE[1:], "2024-04-01,Town 1,1,7\n"]
    assert await doubles(*again, "2024-05-01,Town 1,1,7\n", TABLE[0]) == []  # The earlier row is stated.


async def test_an_optional_column_that_is_renamed_is_warned_of(store: Instance, tmp_path: Path) -> None:
    """It says nothing any more, and with --replace its figures are removed."""
    path, map = tmp_path / "a.csv", tmp_path / "m.map.yaml"
    map.write_text(WITHDRAWN_MAP, "utf-8")
    said: dict[str, list[list[str]]] = {
        "Day,Town,Killed,Injured,Note": [[], []], "Day,Town,Killed*,Injured,Note": [["did you mean Killed*?"], ["did you mean Killed*?", "lacks: Killed"]],
        "Day,Town,x,Injured,Note": [[], ["lacks: Killed"]],
    }  # fmt: skip
    for header, expected in said.items():
        if not NIGHTLY and "Killed*" not in header:
            continue
        path.write_text(f"{header}\n2024-03-01,Gao,3,7,x\n", "utf-8")
        for snapshot, parts in zip((False, True), expected, strict=True):
            lines = warnings(await taken(store, path, source="mine", map=map_format(KINDS, map), snapshot=snapshot, dry_run=True))
            found = [line for line in lines if "lacks" in line]
            assert len(found) == len(parts) and all(part in line for part, line in zip(parts, found, strict=True)), (
                header,
                snapshot,
                lines,
            )
