"""Tables of claims: an export loads back unchanged from every container; damaged values are rejected by name, never repaired."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import BadArgument, LoadRefused
from api.intake.open import open_file
from api.loading.collections import load
from api.loading.export_claims import WRITERS, export_claims
from api.loading.file_receipt import FileReceipt
from api.loading.files import LoadOptions, load_files
from api.loading.verify import verify
from schema.formats.claim_tables import CLAIM_TABLES
from schema.kinds import KINDS
from schema.model.claim_table import claim_table
from schema.model.parsers import join_list
from schema.model.types import TEXTS
from schema.storage.columns import live_names

from ..conftest import Databases
from ..support.invented import collection, files
from ..support.mapped_claims import claims_and_intake
from ..support.properties import NIGHTLY, cases, examples

DERIVED = {"added_in", "search"}
AWKWARD = """
source: {id: paper, title: 'A title, with "quotes"', kind: article, relays: []}
claims:
  actors:
    - id: tricky
      name: "A name\\nof two lines, with a comma"
      kind: unknown
      aliases: ["a | b", 'say "so"', "back\\\\slash", "two\\nlines", "{brace}", "[1]"]
      locator: 'p. 3; "quoted"'
      original: '{"n": 1.10, "deep": {"x": [1, null, "1"], "nothing": null}, "long": 123456789.123456789123, "text": "a|b", "tail": 5.0}'
    - {id: single, name: '["x"]', kind: unknown, aliases: ['["x"]']}
  events:
    - {id: fight, name: A fight, kind: battle}
  figures:
    - {id: exact, event: fight, measure: distance, best: '123456789012345678.123456789', low: '0.000000001', unit: kilometres}
  locations:
    - {id: spot, name: Spot, kind: site, latitude: '24.586669999999998', longitude: '-0.1'}
"""


async def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def content(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything but keys and revisions: settled rows with ids for keys and the claims chosen, and claims, in full."""
    found = {}
    for name, kind in KINDS.items():
        for table, columns in ((name, [*live_names(kind)]), (f"{name}_claim", ["record", *list(claim_table(kind))[1:]])):
            told = ", ".join(_told(kind, table, column) for column in columns if column not in DERIVED)
            found[table] = sorted(await rows(url, f"select {told} from {table} c"), key=repr)
    return found


def _told(kind: Any, table: str, column: str) -> str:
    if column.endswith("_claim"):  # The claim chosen, by what it cites.
        return f"(select row(s.id, k.locator, k.attributed_to, k.collection)::text from {kind.name}_claim k join source s on s.key = k.source where k.key = c.{column})"
    one = claim_table(kind).get(column)
    target = kind.name if column == "record" else "source" if column in ("source", "root") else one.type.ref if one is not None else None
    if target is None:
        return f"c.{column}::text"
    if one is not None and one.type.many:
        return f"(select array_agg(o.id order by u.n) from unnest(c.{column}) with ordinality u(key, n) join {target} o on o.key = u.key)::text || cardinality(c.{column})"
    return f"(select o.id from {target} o where o.key = c.{column})"


async def made(databases: Databases, folder: Path, **texts: str) -> str:
    url = databases.url(await databases.fresh())
    for name, text in texts.items():
        (folder / "test").mkdir(parents=True, exist_ok=True)
        (folder / "test" / f"{name}.yaml").write_text(text, "utf-8")
    await load(KINDS, url, folder)
    return url


async def into(databases: Databases, paths: list[Path], **task: Any) -> tuple[str, FileReceipt]:
    url = databases.url(await databases.fresh())
    return url, await load_files(KINDS, url, paths, LoadOptions(**task))


@pytest.mark.parametrize("format", cases(WRITERS, ["csv"]))
async def test_loading_an_export_makes_the_same_database(databases: Databases, tmp_path: Path, format: str) -> None:
    for name, text in files(collection(KINDS, 20 if NIGHTLY else 4, rivals=True)).items():
        path = tmp_path / "given" / (name if "/" in name else f"invented/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    url = await made(databases, tmp_path / "given", awkward=AWKWARD)
    written = await export_claims(KINDS, url, tmp_path / "out", format)
    assert written.revision == 1 and sum(written.files.values()) > 20
    copy, receipt = await into(databases, sorted((tmp_path / "out").iterdir()))
    assert await content(copy) == await content(url)
    assert receipt.added == sum(written.files.values()) == receipt.intake.sum("read")
    if NIGHTLY:
        async for proof in verify(KINDS, copy):
            assert not proof.contradictions, proof.name
        again = await load_files(KINDS, copy, sorted((tmp_path / "out").iterdir()), LoadOptions())
        assert again.revision is None and again.unchanged == receipt.added


@pytest.mark.nightly
async def test_original_records_are_exported_to_the_last_digit(databases: Databases, tmp_path: Path) -> None:
    url = await made(databases, tmp_path / "given", awkward=AWKWARD)
    ((before,),) = await rows(url, "select original::text from actor_claim where original is not null")
    for format in WRITERS:
        await export_claims(KINDS, url, tmp_path / format, format)
        copy, _ = await into(databases, sorted((tmp_path / format).iterdir()))
        assert await rows(copy, "select original::text from actor_claim where original is not null") == [(before,)], format
        assert (await rows(copy, "select best::text, low::text from figure")) == [("123456789012345678.123456789", "0.000000001")], format
        assert (await rows(copy, "select latitude::text from location")) == [("24.586669999999998",)], format


async def test_an_export_needs_an_empty_folder(databases: Databases, tmp_path: Path) -> None:
    url = databases.url(await databases.fresh())
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(BadArgument, match="not empty"):
        await export_claims(KINDS, url, tmp_path / "out", "csv")
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["notes.txt"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).map(str.strip).filter(bool), max_size=4))
def test_a_list_survives_the_round_trip_through_a_cell(items: list[str]) -> None:
    assert TEXTS.parse(join_list(items)) == tuple(items)


@pytest.mark.parametrize("own", CLAIM_TABLES, ids=lambda one: one.name)
def test_a_table_with_all_columns_is_recognized_as_one_kind(own: Any) -> None:
    assert [one.name for one in CLAIM_TABLES if one.recognizes(own.names)] == [own.name]


def test_an_ambiguous_table_is_refused_unless_its_format_is_given(tmp_path: Path) -> None:
    text = "id,source,name,kind\nx,paper,X,other\n"
    with pytest.raises(LoadRefused, match=r"own-actors, own-locations, own-events"):
        claims_and_intake(tmp_path, text)
    found, _ = claims_and_intake(tmp_path, text, asked="own-events")
    assert [(row["id"], row["collection"], row["kind"]) for row in found["event"]] == [("x", "paper", "other")]
    with pytest.raises(LoadRefused, match="own-events, which has no column colour"):
        claims_and_intake(tmp_path, "id,source,name,kind,colour\nx,paper,X,other,red\n", asked="own-events")


RECORDS: list[dict[str, Any]] = [
    {"id": "a", "source": "paper", "event": "e", "measure": "distance", "best": "12.5", "period_end": "2024-11-30", "unit": "kilometres"},
    {"id": "b", "source": "paper", "event": "e", "measure": "killed", "low": "3", "note": "so, \"they\" say", "quoted_from": ["p", "q"]},
]  # fmt: skip


def as_csv(path: Path, records: list[dict[str, Any]], delimiter: str = ",") -> None:
    names = list(dict.fromkeys(name for one in records for name in one))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, delimiter=delimiter)
        writer.writeheader()
        writer.writerows({name: join_list(value) if isinstance(value, list) else value for name, value in one.items()} for one in records)


def test_the_same_table_makes_the_same_claims_in_every_container(tmp_path: Path) -> None:
    as_csv(tmp_path / "a.csv", RECORDS)
    as_csv(tmp_path / "a.tsv", RECORDS, "\t")
    (tmp_path / "a.json").write_text(json.dumps(RECORDS), "utf-8")
    (tmp_path / "a.ndjson").write_text("".join(json.dumps(one) + "\n" for one in RECORDS), "utf-8")
    duckdb.sql(
        f"copy (select * replace (best::decimal(27, 9) as best, period_end::date as period_end) from read_json('{tmp_path}/a.ndjson')) to '{tmp_path}/a.parquet'"
    )
    found = {}
    paths = sorted(tmp_path.glob("a.*"))
    for path in paths if NIGHTLY else (paths[0], tmp_path / "a.parquet"):
        (folder := tmp_path / f"of-{path.suffix[1:]}").mkdir()
        (folder / path.name).write_bytes(path.read_bytes())
        found[path.name] = claims_and_intake(folder, None, path.name)[0]
    assert len(found) == (5 if NIGHTLY else 2) and all(one == found["a.csv"] for one in found.values()), found
    first, second = found["a.csv"]["figure"]
    assert (first["best"], first["period_end"], second["low"], second["note"], second["quoted_from"]) == (
        "12.5", "2024-11-30", "3", 'so, "they" say', '{"p","q"}',
    )  # fmt: skip


INVALID = [
    ("a,,e,killed,1", "source", "is missing"),
    (",paper,e,killed,1", "id", "is missing"),
    ("c,paper,e,slain,1", "measure", "is not in the vocabulary measure"),
    ("d,paper,e,killed,1k", "best", "must be a number"),
    ("f,paper,e e,killed,1", "event", "must be an id"),
]


def test_an_invalid_value_is_rejected_with_its_column(tmp_path: Path) -> None:
    """All in one file: each of its records has one invalid value."""
    lines = "".join(f"{line}\n" for line, _, _ in INVALID)
    found, told = claims_and_intake(tmp_path, f"id,source,event,measure,best\nok,paper,e,killed,1\n{lines}")
    assert [row["id"] for row in found["figure"]] == ["ok"] and len(told.rejections) == len(INVALID)
    for number, (line, field, reason) in enumerate(INVALID, 2):
        id = line.partition(",")[0]
        (rejection,) = (one for one in told.rejections if one.record == (f"id {id}" if id else f"record {number}"))
        assert rejection.field == field and reason in rejection.reason, rejection


async def test_a_claim_in_two_files_is_refused(databases: Databases, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        as_csv(tmp_path / name, RECORDS)
    with pytest.raises(LoadRefused, match=r"figure [ab]: is claimed in a.csv and in b.csv"):
        await into(databases, [tmp_path / "a.csv", tmp_path / "b.csv"])


async def test_a_value_that_only_postgresql_refuses_is_reported(databases: Databases, tmp_path: Path) -> None:
    as_csv(
        tmp_path / "sources.csv", [{"id": "p", "source": "p", "title": "P", "kind": "article", "original": '{"a": NaN}', "publisher": "Q"}]
    )
    with pytest.raises(LoadRefused, match="NaN"):
        await into(databases, [tmp_path / "sources.csv"])


@pytest.mark.sampled(1)
@pytest.mark.parametrize("original", ["5", "[1]", "{", '"text"'])
def test_an_original_record_must_be_a_json_object(tmp_path: Path, original: str) -> None:
    as_csv(tmp_path / "a.csv", [{"id": "a", "source": "p", "event": "e", "measure": "killed", "best": "1", "original": original}])
    _, told = claims_and_intake(tmp_path, None, "a.csv")
    assert [one.field for one in told.rejections] == ["original"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[{"id": "a", "source": "p", "event": "e", "measure": "killed", "best": NaN}]', "NaN"),
        ('[{"id": "a", "source": "p", "event": "e", "measure": "killed", "best": 1, "best": 2}]', "has the key 'best' twice in one object"),
        ('[{"id": "a", "source": "p", "event": "e", "measure": "killed", "note": "a\\u0000b"}]', "NUL"),
        ('[{"id": "a", "source": "p", "event": "e", "measure": "killed", "best": 1,}]', "is not valid JSON: line 1 has"),
        ('[{"id": "a", "source": "p"', "is not complete: it ends in line 1"),
        ("[1, 2]", "a.json"), ("[]", "a.json"), ("{}", "a.json"), ("[null]", "a.json"),
    ],
)  # fmt: skip
def test_invalid_json_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(LoadRefused, match=told):
        claims_and_intake(tmp_path, text, "a.json")


def test_a_json_number_keeps_every_digit(tmp_path: Path) -> None:
    text = (
        '[{"id": "a", "source": "p", "event": "e", "measure": "distance", "best": 123456789012345678.123456789, "low": 1e2, "high": 1.10}]'
    )
    ((row,), told) = claims_and_intake(tmp_path, text, "a.json")[0]["figure"], None
    assert (row["best"], row["low"], row["high"], told) == ("123456789012345678.123456789", "100", "1.1", None)


async def test_a_dangling_reference_is_refused(databases: Databases, tmp_path: Path) -> None:
    as_csv(tmp_path / "sources.csv", [{"id": "paper", "source": "paper", "title": "P", "kind": "article", "publisher": "Q"}])
    (tmp_path / "figures.csv").write_text("id,source,event,measure,best\na,paper,nowhere,killed,1\n")
    with pytest.raises(LoadRefused, match="there is no event 'nowhere': no claim describes it; load the file"):
        await into(databases, [tmp_path / "sources.csv", tmp_path / "figures.csv"])


SOUND = "".join(
    f'{{"id": "r{n}", "source": "p", "event": "e", "measure": "distance", "best": {n}.5, "note": "n | {n}"}}\n' for n in range(4)
)


@examples(8, nightly=1000)
@given(st.integers(0, len(SOUND) - 1), st.binary(max_size=3), st.integers(0, 4))
def test_a_damaged_file_is_refused_or_read_as_the_standard_library_reads_it(
    tmp_path_factory: pytest.TempPathFactory, at: int, put: bytes, cut: int
) -> None:
    """A few bytes are changed. Either the load is refused, or records are told of, or each value is what the standard library reads."""
    damaged = SOUND.encode()[:at] + put + SOUND.encode()[at + cut :]
    (folder := tmp_path_factory.mktemp("damaged")).joinpath("a.json").write_bytes(damaged)
    try:
        found, told = claims_and_intake(folder, None, "a.json", "own-figures")
    except LoadRefused:
        return
    read = [json.loads(line, parse_float=str, parse_int=str) for line in damaged.decode("utf-8-sig").split("\n") if line.strip()]
    if told.problems:
        return
    for row, record in zip(
        sorted(found["figure"], key=lambda one: one["id"]), sorted(read, key=lambda one: one["id"].strip()), strict=True
    ):
        for name in ("id", "event", "measure", "note"):
            assert row[name] == (record.get(name) or "").strip(), (name, damaged)
        assert float(row["best"] or 0) == float(record.get("best") or 0), damaged


def test_an_opened_table_knows_its_kind(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,source,event,actor,role\nx,p,e,a,side_a\n")
    assert open_file(duckdb.connect(), tmp_path / "a.csv", tmp_path).format.name == "own-participations"
