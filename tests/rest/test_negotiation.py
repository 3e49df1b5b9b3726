"""Files by their media type, of one record and of totals; parameters that only track; counts; documents for programs."""

from __future__ import annotations

import csv
import io
import json
import re

import duckdb
import httpx2
import openpyxl
import pytest
import yaml

from api.rest.list_formats import PAGED, negotiated

from ..conftest import ROOT, Instance

FAST_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # PyYAML may have been built without it.
TOTALS = "/v1/figures/totals{}?by=month,actor&measure=killed"
EVENT = "aleppo-offensive-2024"
WANTED = {
    "": PAGED, "*/*": PAGED, "application/json": PAGED, "text/csv": "csv", "text/csv;q=0.5, application/json;q=0.4": "csv", "text/csv, application/json": PAGED,
    "text/csv, */*;q=0.1": "csv", "text/csv;q=0.1, */*": PAGED, "text/html,application/xhtml+xml,*/*;q=0.8": PAGED, "application/geo+json": "geojson",
    "TEXT/CSV; charset=utf-8": "csv", "application/vnd.apache.parquet": "parquet", "text/csv;q=0": PAGED, "text/csv, */*": "csv",
}  # fmt: skip


@pytest.mark.parametrize("accept", WANTED)
def test_a_client_that_prefers_a_file_gets_it(accept: str) -> None:
    assert negotiated(accept) == WANTED[accept]


async def test_a_list_is_a_file_for_a_client_that_prefers_one(client: httpx2.AsyncClient) -> None:
    by_name = await client.get("/v1/events.csv?limit=3")
    for _ in range(2):
        wanted = await client.get("/v1/events?limit=3", headers={"accept": "text/csv"})
        assert wanted.content == by_name.content and wanted.headers["content-type"].startswith("text/csv")
        assert "accept" in wanted.headers["vary"].lower().replace("accept-encoding", "")
    page = await client.get("/v1/events?limit=3")
    assert page.headers["content-type"] == "application/json" and "accept," in page.headers["vary"].lower()
    assert (await client.get("/v1/actors?limit=1", headers={"accept": "application/geo+json"})).json()["data"]  # Actors have no map.


@pytest.mark.parametrize("suffix", ["csv", "ndjson", "geojson", "parquet", "xlsx"])
async def test_a_record_is_a_file_too(client: httpx2.AsyncClient, suffix: str) -> None:
    answer = await client.get(f"/v1/events/{EVENT}.{suffix}", headers={"accept-encoding": "identity"})
    assert answer.status_code == 200 and int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["content-disposition"] == f'attachment; filename="{EVENT}-r1.{suffix}"'
    if suffix == "csv":
        assert [row["id"] for row in csv.DictReader(io.StringIO(answer.text))] == [EVENT]
    missing = await client.get(f"/v1/events/nobody.{suffix}")
    assert (missing.status_code, missing.json()["code"]) == (404, "not-found")


async def test_totals_are_tables(client: httpx2.AsyncClient, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("totals")
    text = (await client.get(TOTALS.format(""))).text
    rows = json.loads(text, parse_float=str, parse_int=str)["data"]
    assert (await client.get(TOTALS.format(".json"))).text == text  # As each list is also at its own address with `.json`.
    answered = await client.get(TOTALS.format(".csv"))
    assert answered.status_code == 200, answered.text
    table = [*csv.DictReader(io.StringIO(answered.text))]
    assert len(table) == len(rows) > 1
    for cells, row in zip(table, rows, strict=True):
        assert (cells["month"], cells["low"], cells["figures"]) == tuple(row[name] or "" for name in ("month", "low", "figures"))
        assert (cells["actor"], cells["actor.name"]) == ((row["actor"]["id"], row["actor"]["name"]) if row["actor"] else ("", ""))
    lines = (await client.get(TOTALS.format(".ndjson"))).text.splitlines()
    assert f'"data":[{",".join(lines)}]' in text
    (folder / "totals.parquet").write_bytes((await client.get(TOTALS.format(".parquet"))).content)
    with duckdb.connect() as connection:
        found = connection.execute(f"select low, origins from '{folder / 'totals.parquet'}'").fetchall()
    assert [f"{low:f}" if low is not None else None for low, _ in found] == [row["low"] and f"{row['low']}.000000000" for row in rows]
    assert [origins for _, origins in found] == [row["origins"] for row in rows]
    (folder / "totals.xlsx").write_bytes((await client.get(TOTALS.format(".xlsx"))).content)
    assert openpyxl.load_workbook(folder / "totals.xlsx").worksheets[0].max_row == len(rows) + 1
    assert (await client.get(TOTALS.format(".geojson"))).status_code == 406
    assert (await client.get(TOTALS.format(".csv") + "&nonsense=1")).json()["code"] == "unknown-argument"


async def test_parameters_that_only_track_are_ignored(client: httpx2.AsyncClient) -> None:
    plain = (await client.get("/v1/events?limit=1")).json()
    assert (await client.get("/v1/events?limit=1&fbclid=a&utm_source=b&_=17&1732871234")).json() == plain
    assert "utm" not in plain["next"]
    assert (await client.get("/v1/revisions?gclid=x")).status_code == 200
    for query in ("utm=1", "1732871234=5", "__=1", "fbclids=1"):
        assert (await client.get(f"/v1/events?{query}")).json()["code"] == "unknown-argument", query


async def test_a_page_tells_how_many_records_there_are(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/v1/events?limit=2&count=exact&country=SYR")).json()
    assert page["count"] == 30 and [*page] == ["revision", "data", "count", "next"] and "count=exact" in page["next"]
    assert "count" not in (await client.get("/v1/events?limit=2")).json()
    assert (await client.get("/v1/events?count=about")).json()["detail"] == "count: must be 'exact', not 'about'"
    assert (await client.get("/v1/events.csv?count=exact")).json()["code"] == "bad-argument"


async def test_documents_for_programs(client: httpx2.AsyncClient, aleppo: Instance) -> None:
    index = await aleppo.get("/v1")
    for address in (
        *(found["url"] for found in index["lists"].values()),
        index["graphql_schema"],
        index["openapi_yaml"],
        index["summary"],
        index["limits"],
    ):
        assert (await client.get(address)).status_code == 200, address
    assert (await client.get("/schema.graphql")).text == (ROOT / "schema.graphql").read_text("utf-8")
    assert yaml.load((await client.get("/openapi.yaml")).text, FAST_LOADER) == (await client.get("/openapi.json")).json()
    summary = (await client.get("/llms.txt")).text
    assert "/v1/figures" in summary and "- `measure`: killed, injured" in summary
    (figures,) = re.findall(r"`(/v1/figures\?event[^`]*\{id\}[^`]*)` has", summary)  # Of an event whose parts alone have them.
    found = (await client.get(figures.replace("{id}", "aleppo-offensive-2024").replace("killed", "displaced"))).json()
    assert "More than 14,000" in found["data"][0]["words"]
