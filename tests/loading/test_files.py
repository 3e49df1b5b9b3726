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
from collections.abc import AsyncIterator, Callable
from pathlib import Path

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
from ..support.properties import examples


@pytest.fixture(scope="session")
def ged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ged") / "events.csv"
    write(Plan(events=200), path)
    return path


async def taken(store: Instance, *paths: Path, **task: object) -> FileReceipt:
    """Load files as the claims of one release of GED, unless the test names another source."""
    options = LoadOptions(**{"source": "ucdp-ged", **task})  # type: ignore[arg-type]  # named as the fields of LoadOptions
    return await load_files(KINDS, store.url, list(paths), options)


@pytest_asyncio.fixture(scope="module")
async def first_load(databases: Databases, ged: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, FileReceipt]:
    """The name of a database into which the events were loaded, to be copied, and the receipt."""
    store = Instance(databases, name := await databases.fresh(), tmp_path_factory.mktemp("first"))
    return name, await taken(store, ged)


@pytest_asyncio.fixture
async def loaded(databases: Databases, first_load: tuple[str, FileReceipt], tmp_path: Path) -> AsyncIterator[Instance]:
    """A store with the events."""
    yield Instance(databases, name := await databases.fresh(first_load[0]), tmp_path)
    await databases.drop(name)


def balanced(receipt: FileReceipt) -> bool:
    told = receipt.summary()
    return told["read"] == sum(int(str(told[what])) for what in ("added", "changed", "unchanged", "rejected", "repeated"))


async def test_a_first_load_adds_all_and_the_same_again_nothing(loaded: Instance, first_load: tuple[str, FileReceipt], ged: Path) -> None:
    _, first = first_load
    assert (first.added, first.changed, first.unchanged, first.revision) == (200, 0, 0, 1) and balanced(first)
    before = await stored_rows(loaded)
    again = await taken(loaded, ged)
    assert (again.added, again.changed, again.unchanged, again.revision) == (0, 0, 200, None) and balanced(again)
    assert await stored_rows(loaded) == before
    assert [proof.name async for proof in verify(KINDS, loaded.url) if proof.contradictions] == []


async def test_rows_without_an_id_are_counted_by_what_they_say(store: Instance, tmp_path: Path) -> None:
    """Their place is their number in the file, which is another one after a row is inserted above them."""
    head, rows = "#date,#loc+name,#affected+killed\n", [f"2024-03-0{n},Town {n},{n}\n" for n in range(1, 5)]
    (path := tmp_path / "a.csv").write_text(head + "".join(rows[1:]), "utf-8")
    first = await taken(store, path, source="rows")
    assert (first.added, first.changed, first.unchanged) == (3, 0, 0)
    path.write_text(head + "".join(rows[:3]), "utf-8")  # The first row is new, and the last one is gone.
    moved = await taken(store, path, source="rows", snapshot=True)
    assert (moved.added, moved.changed, moved.unchanged) == (1, 0, 2) and balanced(moved)
    again = await taken(store, path, source="rows", snapshot=True)
    assert (again.added, again.changed, again.unchanged, again.revision) == (0, 0, 3, None)


async def test_a_row_that_moves_keeps_its_claims(store: Instance, tmp_path: Path) -> None:
    """The number of a row is its place in the file, and a part of what identifies a claim: it must not become another claim for that."""
    head, rows = (
        "#event+id,#event+name,#loc+name,#date,#affected+killed\n",
        [f"{n % 3},Attack,Town {n},2024-03-0{n},{n}\n" for n in range(2, 9)],
    )
    (path := tmp_path / "a.csv").write_text(head + "".join(rows), "utf-8")
    await taken(store, path, source="rows")
    before = await stored_rows(store)
    path.write_text(head + "5,Attack,Town 1,2024-03-01,1\n" + "".join(rows), "utf-8")
    moved = await taken(store, path, source="rows", snapshot=True)
    changes = {
        kind: {name: number for name, number in counts.items() if number and name != "unchanged"} for kind, counts in moved.claims.items()
    }
    assert changes == {
        "source": {},
        "actor": {},
        "location": {"added": 1},
        "event": {"added": 1},
        "participation": {},
        "figure": {"added": 1},
    }
    assert (moved.added, moved.changed, moved.unchanged) == (1, 0, 7) and balanced(moved)
    after = await stored_rows(store)
    assert all(row in after[table] for table in ("event_claim", "figure_claim") for row in before[table])
    path.write_text(head + "".join(reversed(rows)).replace("Town 7,2024-03-07,7", "Town 7,2024-03-07,70"), "utf-8")
    corrected = await taken(store, path, source="rows", snapshot=True)
    assert {name: corrected.claims["figure"][name] for name in ("added", "changed", "retracted")} == {
        "added": 1,
        "changed": 0,
        "retracted": 2,
    }
    assert [proof.name async for proof in verify(KINDS, store.url) if proof.contradictions] == []


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
    assert (receipt.added, receipt.changed, receipt.unchanged) == (0, 2, 197) and balanced(receipt)
    assert receipt.claims["figure"] == {"added": 0, "changed": 1, "retracted": 0, "unchanged": 994}  # The articles belong to the event.
    ids = [f"ucdp-ged-{row[0]}" for row in content[1:]]
    assert [row["id"] for row in await loaded.rows("select id from event order by id")] == sorted(ids)  # What a file lacks stays.
    assert [proof.name async for proof in verify(KINDS, loaded.url) if proof.contradictions] == []


async def test_a_snapshot_retracts_what_it_lacks(loaded: Instance, ged: Path, tmp_path: Path) -> None:
    content = read_csv(ged)
    receipt = await taken(loaded, write_csv(tmp_path / "newer.csv", content[:151]), source="ucdp-ged", snapshot=True)
    assert receipt.unchanged == 150 and receipt.claims["event"] == {"added": 0, "changed": 0, "retracted": 50, "unchanged": 150}
    assert len(await loaded.rows("select from event")) == 150
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
    first, second = write_csv(tmp_path / "a.csv", content[:101]), write_csv(tmp_path / "b.csv", [content[0], *content[101:]])
    table = tmp_path / "table.csv"
    table.write_text("Country,Killed\n#country+code,#affected+killed\nSYR,5\n")
    with pytest.raises(
        LoadRefused, match=r"a\.csv is in the format ucdp-ged, and table\.csv in hxl: load the files of each format separately"
    ):
        await taken(store, first, table)
    receipt = await taken(store, first, second)
    assert (receipt.added, receipt.revision, len(receipt.intake.files)) == (200, 1, 2) and balanced(receipt)
    again = await taken(store, ged)
    assert (again.unchanged, again.revision) == (200, None)


async def test_a_file_that_cannot_be_read_is_the_culprit_and_not_the_database(store: Instance, tmp_path: Path) -> None:
    for path, reason in ((tmp_path, "Is a directory"), (tmp_path / "none.csv", "No such file or directory")):
        with pytest.raises(LoadRefused, match=f"^{path}: {reason}; nothing was written"):
            await taken(store, path)


async def test_bad_records_refuse_all_and_each_is_named(store: Instance, ged: Path, tmp_path: Path) -> None:
    content = read_csv(ged)
    bad = with_cell(with_cell(content, 3, "date_start", "31/12/2001"), 9, "best", "many")
    with pytest.raises(LoadRefused) as refused:
        await taken(store, write_csv(tmp_path / "bad.csv", bad))
    first, second, *_ = str(refused.value).splitlines()
    assert first.startswith(f"bad.csv, id {content[3][0]}, date_start, '31/12/2001': must be a date such as 2024-11-27; in a map, ")
    assert second.startswith(f"bad.csv, id {content[9][0]}, best, 'many': must be a number")
    assert "2 of 200 records rejected; nothing was written" in str(refused.value)
    assert not await store.rows("select from revision")


async def test_with_reject_to_good_records_are_loaded_and_bad_ones_written_out(store: Instance, ged: Path, tmp_path: Path) -> None:
    content = read_csv(ged)
    bad = with_cell(with_cell(content, 3, "date_start", "31/12/2001"), 9, "best", "many")
    receipt = await taken(store, write_csv(tmp_path / "bad.csv", bad), reject_to=tmp_path / "rejected.json")
    assert (receipt.added, receipt.intake.sum("rejected")) == (198, 2) and balanced(receipt)
    rejected = [json.loads(line) for line in (tmp_path / "rejected.json").read_text("utf-8").splitlines()]
    assert [one["entry"] for one in rejected] == [f"id {content[3][0]}", f"id {content[9][0]}"]
    assert rejected[1]["record"]["best"] == "many" and rejected[1]["record"]["dyad_name"] == content[9][content[0].index("dyad_name")]
    there = {row["id"] for row in await store.rows("select id from event")}
    assert not there & {f"ucdp-ged-{content[n][0]}" for n in (3, 9)} and len(there) == 198


async def test_a_file_without_records_replaces_nothing(loaded: Instance, ged: Path, tmp_path: Path) -> None:
    """As of an export that was cut off after its header."""
    with pytest.raises(LoadRefused, match=r"--replace ucdp-ged: the files have no record .* `conflict-facts retract ucdp-ged`"):
        await taken(loaded, write_csv(tmp_path / "cut.csv", read_csv(ged)[:1]), snapshot=True)
    assert await loaded.rows("select max(id) as newest from revision") == [(1,)]


async def test_a_repeated_record_is_loaded_once_and_contradicting_ones_are_refused(store: Instance, ged: Path, tmp_path: Path) -> None:
    content = read_csv(ged)
    receipt = await taken(store, write_csv(tmp_path / "twice.csv", [*content, content[5]]))
    assert (receipt.added, receipt.intake.sum("repeated"), receipt.intake.flags["repeated"]) == (200, 1, 1) and balanced(receipt)
    other = with_cell(content, 5, "best", "999")[5]
    with pytest.raises(LoadRefused, match=f"id {content[5][0]}.*is the id of record 5 and of record 201, which differ"):
        await taken(store, write_csv(tmp_path / "against.csv", [*content, other]))


@pytest.mark.parametrize("name", ['"gwnoa', '"gwnoa"x'])
async def test_a_header_whose_quotation_mark_swallows_lines_is_refused(store: Instance, ged: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / "header.csv"
    path.write_text(ged.read_text("utf-8").replace("gwnoa", name, 1), "utf-8")
    with pytest.raises(LoadRefused, match=r"header.csv: has a (header of several lines|misplaced quotation mark in its header)"):
        await taken(store, path)


async def test_a_second_load_waits_and_names_the_load_it_waits_for(store: Instance, ged: Path) -> None:
    told: list[str] = []
    holder = await asyncpg.connect(store.url, server_settings={"application_name": "conflict-facts load other by somebody"})
    transaction = holder.transaction()
    await transaction.start()
    await holder.execute(revision.LOCK)
    loading = asyncio.create_task(taken(store, ged, on_stage=Stages(lambda stages: told.append(stages.label))))
    async with asyncio.timeout(120):
        while not any(one.startswith("waiting") for one in told):  # noqa: ASYNC110  # what is waited for comes from PostgreSQL
            await asyncio.sleep(0.05)
    assert "conflict-facts load other by somebody, since " in next(one for one in told if one.startswith("waiting"))
    await transaction.rollback()
    await holder.close()
    assert (await loading).added == 200


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


# By default one way to stop a load.
STOPS = {kill: "settle events", interrupt: "merge figures", cut: "copying"}
USUAL = (kill, "settle events")


@pytest.mark.parametrize(
    ("stop", "stage"),
    [
        pytest.param(stop, stage, id=f"{stop.__name__}-{stage}", marks=[] if (stop, stage) == USUAL else [pytest.mark.nightly])
        for stop in STOPS
        for stage in sorted(STOPS.values())
    ],
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
        assert len(asyncio.run(store.rows("select from event"))) == 200, (told, rest)
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
    assert asyncio.run(taken(store, ged)).added == 200


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
    await taken(store, newer, source="ucdp-ged-20-1")
    with pytest.raises(LoadRefused, match="there is no source 'ucdp-ged-19-1'"):
        await taken(store, newer, source="ucdp-ged-20-1", revises="ucdp-ged-19-1")
    receipt = await taken(store, old, source="ucdp-ged-19-1")
    assert (receipt.added, receipt.changed) == (3, 0)
    claims = await store.rows(
        "select s.id as source, c.best from figure_claim c join figure f on f.key = c.record join source s on s.key = c.source where f.id = $1 order by 1",
        total,
    )
    assert [(row["source"], int(row["best"])) for row in claims] == [("ucdp-ged-19-1", int(best)), ("ucdp-ged-20-1", int(corrected))]
    assert len(await store.rows("select from event")) == 3
    published = "select f.best::text from figure f where f.id = $1"
    assert await store.rows(published, total) == [(best,)]  # Of releases that state nothing of each other, the first id.
    await taken(store, newer, source="ucdp-ged-20-1", revises="ucdp-ged-19-1")
    assert await store.rows(published, total) == [(corrected,)]
    again = await taken(store, newer, source="ucdp-ged-20-1")
    assert again.revision is None  # What was stated stays.
    revised = await store.rows("select s.id, r.id as revises from source s join source r on r.key = s.revises")
    assert [tuple(row) for row in revised] == [("ucdp-ged-20-1", "ucdp-ged-19-1")]


async def test_what_cannot_revise_is_refused_with_the_reason(store: Instance, ged: Path, tmp_path: Path) -> None:
    with pytest.raises(LoadRefused, match="a source cannot revise itself"):
        await taken(store, ged, source="one", revises="one")
    table = tmp_path / "sources.csv"
    table.write_text("id,source,collection,title,kind\none,one,mine,One,dataset\n", "utf-8")
    with pytest.raises(LoadRefused, match="these files name the source of each claim; state in a table of sources"):
        await taken(store, table, revises="two")
    await taken(store, table)
    with pytest.raises(LoadRefused, match="the source one is described by the collection mine; state there what it revises"):
        await taken(store, ged, source="one", revises="two")


async def test_a_corrected_number_beside_the_old_one_is_warned_of(store: Instance, tmp_path: Path) -> None:
    tables = {"first": ("A", 50), "second": ("A", 3), "renamed": ("B", 3)}
    for name, (place, dead) in tables.items():
        (tmp_path / f"{name}.csv").write_text(
            f"Id,Place,Day,Dead\n#event+id,#event+name,#date,#affected+killed+new\ne9,{place},2024-03-01,{dead}\n"
        )
    warned = {}
    for name in tables:
        receipt = await taken(store, tmp_path / f"{name}.csv", source="mine")
        warned[name] = [line for line in receipt.intake.files[0].warnings if "beside" in line]
    assert [len(lines) for lines in warned.values()] == [0, 1, 2]
    assert re.search(r"figure mine-\S+ \(3\) stands beside figure mine-\S+ \(50\) of the same source", warned["second"][0])
    assert "--replace, or give its rows ids" in receipt.intake.files[0].warnings[-1]
    assert (await store.rows("select count(*) as number from figure"))[0]["number"] == 3
    replaced = await taken(store, tmp_path / "first.csv", source="mine", snapshot=True)
    assert not any("beside" in line for line in replaced.intake.files[0].warnings)
    other = await taken(store, tmp_path / "second.csv", source="another")
    assert not any("beside" in line for line in other.intake.files[0].warnings)
    for dead, told in ((50, 0), (3, 1)):  # Of rows without any id, the event is another one too.
        (tmp_path / "nameless.csv").write_text(f"Place,Day,Dead\n#loc+name,#date,#affected+killed+new\nA,2024-03-01,{dead}\n")
        lines = (await taken(store, tmp_path / "nameless.csv", source="third")).intake.files[0].warnings
        assert len([line for line in lines if "about an event with the same name, place and days" in line]) == told


TWICE_MAP = """
name: m
title: M
source: {{id: mine}}
dates: ["{dates}"]
columns: {{Date: [event.date{id}], Town: [place.name{id}], Killed: killed.best}}
event: {{kind: battle, country: MLI}}
figures: {{killed: {{measure: killed, population: all, unit: people, basis: flow}}}}
"""


async def test_the_same_rows_under_other_ids_are_warned_of(store: Instance, tmp_path: Path) -> None:
    """If what the ids of rows are made of changes, a load without --replace would count the same people twice."""
    rows, others = "01/03/2024,Gao,3\n02/03/2024,Gao,5\n03/03/2024,Mopti,\n", "03/01/2024,Gao,3\n04/03/2024,Gao,5\n05/03/2024,Gao,7\n"
    head, path, map = "Date,Town,Killed\n", tmp_path / "a.csv", tmp_path / "m.map.yaml"
    by_values, by_cells = {"dates": "%d/%m/%Y", "id": ", row.id"}, {"dates": "%d/%m/%Y", "id": ""}
    changes = {
        "rule": (by_values, by_cells, head + rows),
        "pattern": (by_values, {**by_values, "dates": "%m/%d/%Y"}, head + rows),
        "column": (by_cells, by_cells, f"{head}{rows}".replace("\n", ",x\n")),
        "rows": (by_values, by_values, head + others),
    }
    for source, (before, after, content) in changes.items():
        path.write_text(head + rows, "utf-8")
        map.write_text(TWICE_MAP.format(**before), "utf-8")
        await taken(store, path, source=source, map=map_format(KINDS, map))
        path.write_text(content, "utf-8")
        map.write_text(TWICE_MAP.format(**after), "utf-8")
        lines = (await taken(store, path, source=source, map=map_format(KINDS, map), dry_run=source != "rule")).intake.files[0].warnings
        if source == "rows":
            assert not any("twice" in line or "the same" in line for line in lines)
            continue
        assert {re.sub(rf"figure {source}-[^ ,]+", "figure", line) for line in lines if "says the same" in line} == {
            f"figure ({killed}) says the same as figure, which its source has already and these files do not state" for killed in (3, 5)
        }
        assert (
            lines[-1].startswith("2 figures of 2 may so count the same people twice, under two ids")
            and f"`--replace {source}`" in lines[-1]
        )
    await taken(store, path, source="rule", map=map_format(KINDS, map), snapshot=True)
    path.write_text(head + rows, "utf-8")
    replaced = await taken(store, path, source="rule", map=map_format(KINDS, map), snapshot=True)
    assert not any("the same" in line for line in replaced.intake.files[0].warnings)
    assert (await store.rows("select sum(best)::int as killed from figure where id like 'rule-%'"))[0]["killed"] == 8
