"""Collections that are loaded while a server runs: each once, also by several servers; one that fails does not keep the others out."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from api.loading.background import BackgroundLoad
from api.loading.fixture_files import collection_folders, has_data_files

from ..conftest import ROOT, Instance, source

TABLE = "Country,Day,Killed\n#country+code,#date,#affected+killed\nSYR,2024-11-27,5\nIRQ,2024-11-28,7\n"
FILES = "files:\n  - file: deaths.csv\n    format: hxl\n"


def write(store: Instance, name: str, text: str) -> Path:
    store.write(f"{name}/deaths.csv", text)
    return store.write(f"{name}/collection.yaml", source(name, license="CC-BY-4.0") + FILES).parent


async def ended(*loads: BackgroundLoad) -> None:
    async with asyncio.timeout(300):
        while any(one.state in ("waiting", "loading") for load in loads for one in load.collections):  # noqa: ASYNC110  # a thread changes it
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("answers", [pytest.param([False, True], marks=pytest.mark.nightly), [False]], ids=["two servers", "one server"])
async def test_several_servers_load_each_collection_once_and_report_those_that_fail(store: Instance, answers: list[bool]) -> None:
    folders = [write(store, "bad", TABLE.replace(",5", ",many")), write(store, "good", TABLE)]
    lines: list[str] = []
    loads = [BackgroundLoad(store.url, folders, private, lines.append) for private in answers]
    assert [one.state for one in loads[0].unfinished] == ["waiting", "waiting"]
    for load in loads:
        load.start()
    await ended(*loads)
    assert [[one.state for one in load.collections] for load in loads] == [["failed", "loaded"]] * len(answers)
    assert [[one.name for one in load.unfinished] for load in loads] == [["bad"]] * len(answers)
    # What a file says is for the operator: it may be withheld.
    assert ["many" in load.unfinished[0].words for load in loads] == answers
    assert sum("many" in line for line in lines) == len(answers)
    assert sorted(line.partition(": ")[0] for line in lines) == ["collection bad failed"] * len(answers) + ["collection good loaded"] * len(
        answers
    )
    assert {line.partition(": ")[2] for line in lines if "good" in line} == {"revision 1", "nothing changed"} - (
        {"nothing changed"} if len(answers) == 1 else set()
    )
    (counted,) = await store.rows("select (select count(*) from revision), (select count(*) from figure)")
    assert tuple(counted) == (1, 2)


async def test_a_server_that_stops_stops_the_load(store: Instance) -> None:
    load = BackgroundLoad(store.url, [write(store, "good", TABLE)], False, lambda line: None)
    load.stop()  # Nothing has been started.
    load.start()
    await asyncio.to_thread(load.stop)
    assert load._process is not None and load._process.poll() is not None
    load.stop()


async def test_the_load_ends_with_the_process_that_started_it() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "api.loading.background", cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(b'{"url": "postgresql://localhost:1/x", "folders": [], "private": false}\n')
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 60) == 0


def test_collections_with_files_of_publishers_are_loaded_later() -> None:
    later = [folder.name for folder in collection_folders(ROOT / "fixtures") if has_data_files(folder)]
    assert later == ["car-ged", "gaza-daily", "ukraine-losses"]
