"""Tables: CSV, Parquet and workbooks have the columns that `fields` and `provenance` choose, with the source to cite beside them."""

from __future__ import annotations

import asyncio
import csv
import errno
import io
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import duckdb
import httpx2
import openpyxl
import pytest
import pytest_asyncio
import vl_convert

from api.errors import BadArgument
from api.query.formula_cells import escape_formula
from api.query.tables import Column
from api.rest import table_files, workbook
from api.rest.columns import underscored
from api.sql.answering import formula_cells
from schema.kinds import KINDS
from schema.model.types import TEXT

from ..conftest import ROOT, Databases, Instance, source

FORMULA = "=HYPERLINK(0)"


def rows(response: httpx2.Response) -> list[dict[str, str]]:
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.text, newline="")))


@pytest_asyncio.fixture(scope="module")
async def table(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """Two sources that differ in a number, and texts that a spreadsheet would execute."""
    made = Instance(databases, await databases.fresh(), tmp_path_factory.mktemp("table"))
    place = "  locations:\n    - {id: town, name: Town, kind: settlement, country: SYR, latitude: 36.5, longitude: 37.25}\n"
    event = "  events:\n    - {id: e1, name: Shelling of Town, kind: shelling, started_on: 2024-11-29, country: SYR, location: town, summary: 'one\n\n        two, \"three\"'}\n"
    figure = "  figures:\n    - {id: f1, event: e1, measure: killed, unit: people, LOW: 4, basis: flow}\n    - {id: f2, event: e1, measure: injured, unit: people, low: 0.5, basis: flow}\n"
    actors = f"  actors:\n    - {{id: a1, name: '{FORMULA}', kind: state, aliases: ['a | b', c]}}\n    - {{id: a2, name: '-12', kind: state, aliases: ['=1+1', '2']}}\n    - {{id: a3, name: '@x', kind: state, active_from: 1753-01-01}}\n"
    first = source("first", publisher="The Paper", url="https://example.org/1", attribution="Say The Paper.", reliability="A")
    await made.load(
        first=first + "claims:\n" + place + event + figure.replace("LOW", "low").replace("low: 0.5", "low: 5") + actors,
        second=source("second", publisher="Another")
        + "claims:\n  figures:\n    - {id: f1, event: e1, measure: killed, unit: people, low: 7, basis: flow}\n",
    )
    async with made.app.router.lifespan_context(made.app), made.client:
        yield made


async def test_a_figure_has_its_names_its_event_and_its_source_beside_it(table: Instance) -> None:
    one, other = rows(await table.client.get("/v1/figures.csv"))
    assert (one["id"], one["event"], one["event.name"], one["low"]) == ("f1", "e1", "Shelling of Town", "4")
    assert (one["country"], one["started_on"], one["ended_on"]) == ("SYR", "2024-11-29", "")
    assert (one["disputed"], one["claims"], one["source"]) == ("true", "2", "first")
    assert (one["source_publisher"], one["source_url"], one["attribution"]) == ("The Paper", "https://example.org/1", "Say The Paper.")
    assert (other["disputed"], other["claims"]) == ("false", "1") and {"counted_in", "quantifier"} <= {*other}


async def test_columns_are_chosen_by_dotted_paths_in_the_order_in_which_they_are_named(table: Instance) -> None:
    text = (await table.client.get("/v1/figures.csv?fields=low,event.location.name,event.location,source_publisher,low&limit=1")).text
    assert text == "id,low,event.location.name,event.location,source_publisher\r\nf1,4,Town,town,The Paper\r\n"
    assert [*rows(await table.client.get("/v1/events.csv?fields=location.*"))[0]] == [
        "id",
        "location.id",
        *(f"location.{name}" for name in KINDS["location"].shown),
    ]


REFUSED = {
    "fields=nonsense": "fields: figures have no 'nonsense'",
    "fields=event.nonsense": "fields: events have no 'nonsense'",
    "fields=event.figures.low": "figures is a list, which has no columns of its own in a table; /v1/figures has a row for each",
    "provenance=nonsense": "provenance: figures have no field 'nonsense'",
    "separator=-": "separator: must be _ or ., not '-'", "separator=_&separator=_": "separator: is given 2 times",
    "raw=2": "raw: must be 1 or 0, not '2'", "bom=yes": "bom: must be 1 or 0", "bom=1&bom=1": "bom: is given 2 times",
}  # fmt: skip


@pytest.mark.parametrize("query", REFUSED)
async def test_what_is_no_column_is_refused(table: Instance, query: str) -> None:
    answer = await table.client.get(f"/v1/figures.csv?{query}")
    assert answer.status_code == 400 and REFUSED[query] in answer.json()["detail"]


async def test_provenance_is_columns(table: Instance) -> None:
    one = rows(await table.client.get("/v1/figures.csv?fields=low&provenance=low"))[0]
    assert one == {
        "id": "f1", "low": "4", "low.disputed": "true", "low.origins": "1", "low.claims": "2", "low.source": "first", "low.source_publisher": "The Paper",
        "low.source_url": "https://example.org/1", "low.attribution": "Say The Paper.", "low.locator": "",
    }  # fmt: skip


async def test_what_a_spreadsheet_would_execute_has_an_apostrophe(table: Instance) -> None:
    assert [one["name"] for one in rows(await table.client.get("/v1/actors.csv"))] == [f"'{FORMULA}", "-12", "'@x"]
    assert [one["name"] for one in rows(await table.client.get("/v1/actors.csv?raw=1"))] == [FORMULA, "-12", "@x"]
    assert [rows(await table.client.get(f"/v1/actors.csv?raw={raw}"))[1]["aliases"] for raw in (0, 1)] == ["'=1+1 | 2", "=1+1 | 2"]
    assert (await table.client.get("/v1/actors.csv?bom=1")).content.startswith(b"\xef\xbb\xbfid,name,")


@pytest.mark.parametrize(
    "text",
    [
        "=1",
        "+a",
        "-a",
        "@a",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1",
        "-1-2",
        "+1+cmd|' /C calc'!A0",
        "-1",
        "+1,5",
        "1e5",
        "-2%",
        "a=1",
        "",
        "'=1",
        "-",
        "--5",
    ],
)
async def test_texts_of_lists_and_of_totals_are_guarded_alike(table: Instance, text: str) -> None:
    """The one by PostgreSQL, the other by Python."""
    ((guarded,),) = await table.rows(f"select {formula_cells.escape_formula('$1::text')} as guarded", text)
    assert guarded == escape_formula(text)
    assert (guarded == text) == (text in ("-1", "+1,5", "1e5", "-2%", "a=1", "", "'=1"))


async def test_a_cell_keeps_its_line_breaks_and_marks(table: Instance) -> None:
    answer = await table.client.get("/v1/events.csv?fields=summary")
    assert answer.text.count("\r\n") == 2 and rows(answer)[0]["summary"] == 'one\ntwo, "three"'


async def test_a_feature_has_flat_properties(table: Instance) -> None:
    (feature,) = (await table.get("/v1/events.geojson?fields=name,location.name,source"))["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [37.25, 36.5]}
    assert feature["properties"] == {"id": "e1", "name": "Shelling of Town", "location.name": "Town", "source": "first"}


SEPARATED = "fields=event,event.name,low&provenance=low&limit=1&separator=_"
SEPARATED_NAMES = ["id", "event", "event_name", "low", *(f"low_{name}" for name in "disputed origins claims source source_publisher source_url attribution locator".split())]  # fmt: skip


async def test_a_separator_stands_in_the_place_of_dots_in_every_format(table: Instance, tmp_path: Path) -> None:
    assert [*rows(await table.client.get(f"/v1/figures.csv?{SEPARATED}"))[0]] == SEPARATED_NAMES
    (feature,) = (await table.get(f"/v1/figures.geojson?{SEPARATED}"))["features"]
    assert [*feature["properties"]] == SEPARATED_NAMES and feature["properties"]["event_name"] == "Shelling of Town"
    content = (await table.client.get(f"/v1/figures.parquet?{SEPARATED}")).content
    assert [row[0] for row in parquet(content, tmp_path, "describe select * from {}")] == [*SEPARATED_NAMES, "geometry"]
    assert sheet((await table.client.get(f"/v1/figures.xlsx?{SEPARATED}")).content, tmp_path)[0] == tuple(SEPARATED_NAMES)
    (total, *_) = rows(await table.client.get("/v1/figures/totals.csv?by=place&separator=_"))
    assert (total["place"], total["place_name"]) == ("town", "Town")
    described = await table.get("/v1/figures.csv-metadata.json?fields=event.name&separator=_")
    assert [column["name"] for column in described["tableSchema"]["columns"]] == ["id", "event_name"]
    assert described["url"] == "figures.csv?fields=event.name&separator=_"


async def test_columns_that_would_have_one_name_are_refused(table: Instance) -> None:
    """A path that leads to the same name as another column, and no default column of any kind."""
    for kind in KINDS.values():
        assert (await table.client.get(f"/v1/{kind.plural}.csv?provenance=*&separator=_&limit=1")).status_code == 200
    one, other = (Column(name, TEXT, "") for name in ("a.b", "a_b"))
    with pytest.raises(BadArgument, match=r"separator: a\.b and a_b would both be columns named a_b"):
        underscored((one, other))


async def test_a_file_has_the_names_of_its_columns_whichever_was_written_before(table: Instance) -> None:
    """These two have the same cells, and separators differ in nothing else."""
    for query, name in (
        ("fields=country", "country"),
        ("fields=event.country", "event.country"),
        ("fields=event.country&separator=_", "event_country"),
    ):
        assert (await table.client.get(f"/v1/figures.csv?{query}")).text.startswith(f"id,{name}\r\n")


def documented(section: str, language: str) -> str:
    """The example in a section of docs/using-it-with.md."""
    page = (ROOT / "docs" / "using-it-with.md").read_text("utf-8")
    return str(re.findall(rf"\n## {section}\n.*?```{language}\n(.*?)```", page, re.S)[0])


async def test_miller_keeps_every_column(table: Instance) -> None:
    """Without either, `event.name` takes the place of `event`, and `low.disputed` that of `low`."""
    if (miller := shutil.which("mlr")) is None:
        pytest.skip("Miller is not installed")
    lines = documented("Miller", "sh").splitlines()
    for line in lines:
        query, options = re.findall(r"figures\.csv\?([^']*)' \| mlr (.*)", line)[0]
        text = (await table.client.get(f"/v1/figures.csv?{query}")).text
        done = await asyncio.to_thread(
            subprocess.run, [miller, *options.split()], input=text, capture_output=True, text=True, check=True, timeout=60
        )
        (record,) = json.loads(done.stdout)
        dot = "_" if "separator" in query else "."
        assert (record["event"], record[f"event{dot}name"], record["low"], record[f"low{dot}disputed"]) == (
            "e1",
            "Shelling of Town",
            4,
            "true",
        )
    assert len(lines) == 2


async def test_vega_lite_draws_a_bar_with_the_name_of_its_event(table: Instance) -> None:
    spec = json.loads(documented("Vega-Lite", "json"))
    text = (await table.client.get(spec["data"].pop("url").removeprefix("http://127.0.0.1:8000"))).text
    spec["data"]["values"] = text
    assert ">Shelling of Town<" in vl_convert.vegalite_to_svg(spec)


def parquet(content: bytes, folder: Path, query: str) -> list[Any]:
    path = folder / "table.parquet"
    path.write_bytes(content)
    with duckdb.connect() as connection:
        return connection.execute(query.format(f"'{path}'")).fetchall()


async def test_parquet_has_types_and_says_what_columns_mean(table: Instance, tmp_path: Path) -> None:
    content = (await table.client.get("/v1/figures.parquet")).content
    types = {name: kind for name, kind, *_ in parquet(content, tmp_path, "describe select * from {}")}
    assert [types[name] for name in ("low", "started_on", "disputed", "claims")] == ["DECIMAL(27,9)", "DATE", "BOOLEAN", "BIGINT"]
    assert [*map(str, parquet(content, tmp_path, "select low from {} order by id")[0])] == ["4.000000000"]
    metadata = {key.decode(): value.decode() for _, key, value in parquet(content, tmp_path, "select * from parquet_kv_metadata({})")}
    about = json.loads(metadata["conflict_facts"])
    assert about["revision"] == 1 and about["columns"]["low"]["description"] == KINDS["figure"].fields["low"].description
    assert "killed" in about["columns"]["measure"]["codes"] and "geo" in metadata


async def test_parquet_of_places_is_geoparquet(table: Instance, tmp_path: Path) -> None:
    content = (await table.client.get("/v1/events.parquet")).content
    metadata = {key.decode(): value.decode() for _, key, value in parquet(content, tmp_path, "select * from parquet_kv_metadata({})")}
    assert json.loads(metadata["geo"])["columns"]["geometry"]["encoding"] == "WKB"
    with duckdb.connect() as connection:
        connection.execute("set enable_geoparquet_conversion = false")
        ((point,),) = connection.execute(f"select geometry from '{tmp_path / 'table.parquet'}'").fetchall()
    assert point.hex() == "000000000140" + "42a00000000000" + "4042400000000000"
    lists = (await table.client.get("/v1/actors.parquet")).content
    assert parquet(lists, tmp_path, "select aliases from {} order by id")[0] == (["a | b", "c"],)


def sheet(content: bytes, tmp_path: Path) -> list[tuple[Any, ...]]:
    path = tmp_path / "table.xlsx"
    path.write_bytes(content)
    book = openpyxl.load_workbook(path, read_only=True)
    found = [tuple(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    book.close()
    return found


async def test_a_workbook_has_types_and_executes_nothing(table: Instance, tmp_path: Path) -> None:
    header, *records = sheet((await table.client.get("/v1/actors.xlsx?fields=name,active_from")).content, tmp_path)
    assert header == ("id", "name", "active_from")
    assert records == [("a1", FORMULA, None), ("a2", "-12", None), ("a3", "@x", "1753-01-01")]


def test_a_workbook_has_numbers_as_they_are(tmp_path: Path) -> None:
    table, out = tmp_path / "table.csv", tmp_path / "table.xlsx"
    cells = [
        ("number", "12345678901234567.5"),
        ("number", "0.1"),
        ("integer", "3"),
        ("boolean", "true"),
        ("date", "2024-11-29"),
        ("text", "x" * 40_000),
    ]
    table.write_text(",".join(f"c{n}" for n in range(len(cells))) + "\n" + ",".join(cell for _, cell in cells) + "\n", "utf-8")
    about = {"name": "all", "revision": 1, "max_rows": 1, "columns": [{"name": f"c{n}", "type": kind} for n, (kind, _) in enumerate(cells)]}
    assert workbook.write(about, table, out)
    _, found = sheet(out.read_bytes(), tmp_path)
    assert found[:4] == ("12345678901234567.5", 0.1, 3, True) and str(found[4]) == "2024-11-29 00:00:00"
    assert len(found[5]) == workbook.MAX_CELL and found[5].endswith(workbook.CUT)
    assert not workbook.write({**about, "max_rows": 0}, table, out)


async def test_a_list_that_is_too_long_for_a_workbook_is_refused(table: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_files, "MAX_ROWS", 2)
    answer = await table.client.get("/v1/actors.xlsx")
    assert (answer.status_code, answer.json()["code"]) == (400, "too-much")
    assert answer.json()["detail"] == "a .xlsx file can have 2 records, and this list has more; add conditions, or use .csv or .parquet"


async def full(*given: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


async def limited(*given: Any) -> None:
    """Beyond `ulimit -f`. It was reported as a database that is busy."""
    raise OSError(errno.EFBIG, "File too large")


async def full_duckdb(*given: Any) -> None:
    raise duckdb.IOException('Could not write file "table.parquet": No space left on device')


async def full_workbook(*given: Any) -> int:
    return table_files.NO_ROOM


FULL_DISKS = {
    "xlsx": ("_spool", full), "parquet": ("_spool", full), "limited": ("_spool", limited), "by DuckDB": ("run_duckdb", full_duckdb),
    "by XlsxWriter": ("run_program", full_workbook),
}  # fmt: skip


@pytest.mark.parametrize("case", FULL_DISKS)
async def test_a_full_disk_for_conversions_is_told_and_does_not_turn_off_files(
    table: Instance, monkeypatch: pytest.MonkeyPatch, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(table_files, *FULL_DISKS[case])
    answer = await table.client.get(f"/v1/events.{'xlsx' if 'xls' in case.lower() else 'parquet'}?limit=1")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable") and "no room" in answer.json()["detail"]
    (warning,) = [record for record in caplog.records if record.levelname != "INFO"]
    assert table.app.state.rest.files.usable and warning.levelname == "WARNING" and tempfile.gettempdir() in warning.getMessage()


async def test_a_table_is_described_beside_it(table: Instance) -> None:
    """Every column has a type and a description; cells fit the type; licences and sources are those of the claims."""
    described = await table.get("/v1/figures.datapackage.json?fields=low,event.ucdp_id,measure")
    (resource,) = described["resources"]
    assert resource["path"] == "figures.csv?fields=low%2Cevent.ucdp_id%2Cmeasure"
    types = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
    assert types == {"id": "string", "low": "number", "event.ucdp_id": "string", "measure": "string"}
    assert "killed" in resource["schema"]["fields"][3]["constraints"]["enum"] and described["sources"][0] == {
        "title": "Title of first",
        "path": "https://example.org/1",
    }
    assert [*rows(await table.client.get(f"/v1/{resource['path']}"))[0]] == [*types]
    answer = await table.client.get("/v1/figures.csv")
    assert answer.headers["link"] == '</v1/figures.csv-metadata.json>; rel="describedby"; type="application/csvm+json"'
    web = await table.get("/v1/figures.csv-metadata.json")
    assert [column["name"] for column in web["tableSchema"]["columns"]] == [*rows(answer)[0]] and web["url"] == "figures.csv"
    again = await table.client.get(
        "/v1/figures.csv-metadata.json",
        headers={"if-none-match": (await table.client.get("/v1/figures.csv-metadata.json")).headers["etag"]},
    )
    assert again.status_code == 304
    assert (await table.client.get("/v1/figures.datapackage.json?limit=1")).json()["code"] == "unknown-argument"


@pytest.mark.sampled(2)
@pytest.mark.parametrize("suffix", ["geojson", "ndjson", "csv", "parquet", "xlsx"])
async def test_a_file_with_a_limit_leads_to_the_next_page(invented: Instance, suffix: str) -> None:
    """As a page of JSON does, with unknown values at its end, and as of the same revision; a file without a limit leads nowhere."""
    order = "order=-ended_on,name"
    expected = [one["id"] for one in (await invented.get(f"/v1/events?limit=1000&fields=id&{order}"))["data"]]
    found: list[list[str]] = []
    limit = 30 if suffix == "xlsx" else 15
    address: str | None = f"/v1/events.{suffix}?limit={limit}&{order}"
    while address:
        response = await invented.client.get(address)
        assert response.status_code == 200, response.text
        found.append(read_ids(suffix, response.content))
        links = re.findall(r'<([^>]+)>; rel="next"', response.headers.get("link", ""))
        assert len(links) <= 1 and ("describedby" in response.headers.get("link", "")) == (suffix == "csv")
        address = links[0] if links else None
    assert [id for page in found for id in page] == expected and [len(page) for page in found[:-1]] == [limit] * (len(found) - 1) != []
    assert "next" not in (await invented.client.get(f"/v1/events.{suffix}?{order}")).headers.get("link", "")


def read_ids(suffix: str, content: bytes) -> list[str]:
    """The ids of a file, in order."""
    if suffix == "geojson":
        return [feature["id"] for feature in json.loads(content)["features"]]
    if suffix == "ndjson":
        return [json.loads(line)["id"] for line in content.splitlines()]
    if suffix == "csv":
        return [row["id"] for row in csv.DictReader(io.StringIO(content.decode()))]
    if suffix == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        return [str(row[0]) for row in sheet.iter_rows(min_row=2, values_only=True)]
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        file.write(content)
        file.flush()
        return [row[0] for row in duckdb.execute(f"select id from '{file.name}'").fetchall()]


async def test_a_number_has_those_whom_its_source_credits_beside_it(client: httpx2.AsyncClient, invented: Instance) -> None:
    found = rows(await client.get("/v1/figures.csv?event.within=aleppo-offensive-2024&measure=displaced"))
    assert {(row["source_publisher"], row["quoted_publisher"]) for row in found} >= {("Pravda.Ru", "United Nations OCHA")}
    figures = (await invented.get("/v1/figures?provenance=best&limit=50"))["data"]
    credited = {row["id"]: row["attributed_to"] for row in rows(await invented.client.get("/v1/figures.csv"))}
    claims = {one["id"]: one["claims"][entry["chosen"]] for one in figures for entry in one["provenance"] if entry["chosen"]}
    assert {id: claim.get("attributed_to") or "" for id, claim in claims.items()} == {id: credited[id] for id in claims}
