"""A file of a publisher in a collection: declared in the document of its source, checked, loaded through its format, and undone."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from click.testing import CliRunner

from api.commands.check import check
from api.errors import LoadRefused
from api.loading.change import Change
from api.loading.collections import load, retract
from api.loading.data_files import check_data_files
from api.loading.fixture_files import collection_folders
from api.loading.fixtures import read_collections
from api.loading.receipts import Receipt
from api.loading.undo import undo
from api.loading.verify import verify
from schema.kinds import KINDS

from ..conftest import ROOT, Databases, Instance, source
from ..support.properties import NIGHTLY

TABLE = "Country,Day,Killed\n#country+code,#date,#affected+killed\nSYR,2024-11-27,5\nIRQ,2024-11-28,7\n"
FILES = "files:\n  - file: deaths.csv\n    format: hxl\n"


def document(files: str = FILES, **fields: object) -> str:
    return source("my-office", license="CC-BY-4.0", **fields) + files


def write(store: Instance, text: str = TABLE, document: str = document()) -> None:  # a text
    store.write("my-deaths/collection.yaml", document)
    store.write("my-deaths/deaths.csv", text)


async def best(store: Instance) -> list[int]:
    return [int(row["best"]) for row in await store.rows("select best from figure order by best")]


@pytest_asyncio.fixture(scope="module")
async def first_load(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Receipt]:
    """The name of a database with a collection that declares one of two files, and one of documents; to be copied. And the receipt of their load."""
    store = Instance(databases, name := await databases.fresh(), tmp_path_factory.mktemp("first"))
    write(store)
    store.write("my-deaths/more.xlsx", "x")
    store.write("own/paper.yaml", source("paper"))
    return name, await load(KINDS, store.url, store.folder)


@pytest_asyncio.fixture
async def loaded(databases: Databases, first_load: tuple[str, Receipt], tmp_path: Path) -> AsyncIterator[Instance]:
    store = Instance(databases, name := await databases.fresh(first_load[0]), tmp_path)
    write(store)
    store.write("own/paper.yaml", source("paper"))
    yield store
    await databases.drop(name)


async def test_a_declared_file_is_loaded_through_its_format_as_its_collection(loaded: Instance, first_load: tuple[str, Receipt]) -> None:
    assert await best(loaded) == [5, 7]
    assert [(file.file, file.format, file.records) for file in first_load[1].files] == [
        ("my-deaths/collection.yaml", "yaml", 1), ("my-deaths/deaths.csv", "hxl", 2), ("own/paper.yaml", "yaml", 1),
    ]  # fmt: skip
    claims = await loaded.rows("select distinct s.id, c.collection from figure_claim c join source s on s.key = c.source")
    assert [tuple(row) for row in claims] == [("my-office", "my-deaths")]
    (described,) = await loaded.rows("select title, license from source where id = 'my-office'")
    assert tuple(described) == ("Title of my-office", "CC-BY-4.0")
    assert [proof.name async for proof in verify(KINDS, loaded.url) if proof.contradictions] == []


async def test_it_is_not_read_again_until_something_changes(loaded: Instance) -> None:
    again = await load(KINDS, loaded.url, loaded.folder)
    assert (again.revision, again.not_read) == (None, {"my-deaths": 1})
    assert "unchanged since revision 1: my-deaths" in again.lines()
    write(loaded, TABLE.replace(",5", ",6").rpartition("IRQ")[0])
    changed = await load(KINDS, loaded.url, loaded.folder)
    assert changed.not_read == {} and changed.revision == 2
    assert await best(loaded) == [6], "the file is the complete list of what the collection claims"
    await undo(KINDS, loaded.url, 2)
    assert await best(loaded) == [5, 7]
    after = await load(KINDS, loaded.url, loaded.folder)
    assert after.revision == 4 and await best(loaded) == [6]
    if not NIGHTLY:
        return
    await retract(KINDS, loaded.url, "my-deaths", Change("No longer kept"))
    assert await best(loaded) == []
    await load(KINDS, loaded.url, loaded.folder / "my-deaths")
    assert await best(loaded) == [6]


async def test_a_file_in_no_known_format_is_read_by_a_map(store: Instance) -> None:
    maps = ROOT / "fixtures" / "maps"
    store.write("incidents/plain-list.csv", (maps / "plain-list.csv").read_text("utf-8"))
    store.write("incidents/plain-list.map.yaml", (maps / "plain-list.map.yaml").read_text("utf-8"))
    declared = "files:\n  - file: plain-list.csv\n    map: plain-list.map.yaml\n"
    store.write("incidents/collection.yaml", document(declared))
    receipt = await load(KINDS, store.url, store.folder)
    assert receipt.records["figure"]["added"] > 0
    assert tuple(file.file for file in receipt.files[1:]) == ("incidents/plain-list.csv", "incidents/plain-list.map.yaml")
    store.write("incidents/collection.yaml", document(declared.replace("plain-list.map", "plain.map")))
    problems = read_collections(KINDS, collection_folders(store.folder))[0].checked.problems
    assert [problem.field for problem in problems] == ["map"] and "did you mean" in problems[0].message


async def test_a_map_that_makes_no_figure_is_named_by_check_and_by_load(store: Instance) -> None:
    maps = ROOT / "fixtures" / "maps"
    store.write("incidents/plain-list.csv", (maps / "plain-list.csv").read_text("utf-8"))
    text = (maps / "plain-list.map.yaml").read_text("utf-8").partition("figures:")[0]
    store.write("incidents/plain-list.map.yaml", "".join(line for line in text.splitlines(True) if "killed.best" not in line))
    store.write("incidents/collection.yaml", document("files:\n  - file: plain-list.csv\n    map: plain-list.map.yaml\n"))
    said = "warning: incidents/plain-list.csv: no column becomes a number"
    receipt = await load(KINDS, store.url, store.folder)
    assert any(line.startswith(said) for line in receipt.lines())
    assert "no column becomes a number" in json.loads(receipt.receipt_json())["files"][1]["warnings"][0]
    output = await asyncio.to_thread(lambda: CliRunner().invoke(check, [str(store.folder)]).output)
    assert said in output


def test_a_file_that_no_document_names_is_reported(first_load: tuple[str, Receipt]) -> None:
    assert "not read: my-deaths/more.xlsx; to load it, name it under `files` in the document of its source" in first_load[1].lines()


async def test_other_collections_may_refer_to_its_records(store: Instance, loaded: Instance) -> None:
    (event,) = await loaded.rows("select id from event order by id limit 1")
    write(store)
    store.write("own/paper.yaml", source("paper") + f"claims:\n  events:\n    - {{id: {event['id']}, summary: A market.}}\n")
    collections = read_collections(KINDS, collection_folders(store.folder))
    assert (found := await check_data_files(KINDS, collections)) and found.sum("read") == 2
    assert collections[0].checked.problems == []
    await load(KINDS, store.url, store.folder)
    assert [row["summary"] for row in await store.rows("select summary from event where summary is not null")] == ["A market."]


async def test_what_forbids_redistribution_is_withheld(store: Instance) -> None:
    write(store, document=document(redistributable=False))
    receipt = await load(KINDS, store.url, store.folder)
    assert receipt.withheld["figure"]["added"] == 2 and await best(store) == []
    if not NIGHTLY:
        return
    write(store, document=document(redistributable=True))
    await load(KINDS, store.url, store.folder)
    assert await best(store) == [5, 7]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (source("my-office") + FILES, r"collection\.yaml:5, license: is missing: a source with files needs the license"),
        (
            document(FILES.replace("deaths.csv", "death.csv")),
            r"collection\.yaml:7, file: there is no file or folder .*did you mean .*deaths\.csv",
        ),
        (
            document(FILES.replace("deaths.csv", "../deaths.csv")),
            r"collection\.yaml:7, file: '\.\./deaths\.csv' is not in the folder my-deaths",
        ),
        (document(FILES.replace("hxl", "hlx")), r"collection\.yaml:8, format: there is no format 'hlx'; did you mean hxl"),
        (document(FILES.replace("    format: hxl\n", "")), r"collection\.yaml:7, format: is missing; name its format"),
        (document(FILES.replace("format", "fromat")), r"collection\.yaml:8, fromat: is not a key of a file; did you mean format"),
        (document("files: deaths.csv\n"), r"collection\.yaml:6, files: must be a list of files"),
        (document(FILES + "  - file: deaths.csv\n    format: hxl\n"), r"collection\.yaml:9, file: 'deaths\.csv' is named twice"),
        (document(FILES.replace("hxl", "acled")), r"redistributable: must be false: the terms of .* forbid redistribution"),
        (document(""), r"my-deaths/deaths\.csv:1: a table of a collection is named after its kind.*is named under `files`"),
    ],
)
async def test_a_wrong_declaration_names_the_line_and_the_cure(tmp_path: Path, text: str, problem: str) -> None:
    folder = tmp_path / "my-deaths"
    folder.mkdir()
    (folder / "collection.yaml").write_text(text)
    (folder / "deaths.csv").write_text(TABLE)
    problems = read_collections(KINDS, collection_folders(folder))[0].checked.problems
    assert [line for line in map(str, problems) if re.search(problem, line)], problems


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ("false", "the map forbids redistribution, but the source does not"),
        ("true", "looks like rows of ACLED.*; mark the source my-office as"),
    ],
)
async def test_a_map_that_forbids_redistribution_is_told_from_rows_whose_publisher_does(tmp_path: Path, terms: str, problem: str) -> None:
    folder = tmp_path / "my-deaths"
    folder.mkdir()
    (folder / "collection.yaml").write_text(document("files: [{file: deaths.csv, map: m.map.yaml}]\n"))
    columns = "columns: {Id: row.id, Day: event.date, Killed: killed.best}\nfigures: {killed: {measure: killed, basis: flow}}\n"
    (folder / "m.map.yaml").write_text(f"name: m\ntitle: M\nsource: {{id: my-office, redistributable: {terms}}}\n{columns}")
    (folder / "deaths.csv").write_text("Id,Day,Killed\nSYR90001,2024-11-27,5\nIRQ90002,2024-11-28,7\n")
    with pytest.raises(LoadRefused, match=problem):
        await check_data_files(KINDS, read_collections(KINDS, collection_folders(folder)))


async def test_an_invalid_record_refuses_the_collection(store: Instance) -> None:
    write(store, TABLE.replace(",7", ",many"))
    with pytest.raises(LoadRefused, match=r"my-deaths/deaths\.csv, .*'many'"):
        await load(KINDS, store.url, store.folder)
    with pytest.raises(LoadRefused, match="'many'"):
        await check_data_files(KINDS, read_collections(KINDS, collection_folders(store.folder)))
    assert not await store.rows("select from revision")
