"""Real files of UCDP GED: every record arrives, every cell can be rebuilt from the claims, and every oddity is flagged."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from decimal import Decimal
from functools import cache

import pytest

from api.intake.result import Intake
from api.loading.files import LoadOptions, load_files
from schema.kinds import KINDS

from ..conftest import SAMPLES, Instance
from ..support.ged_rows import Cells, Tables, known_cells, rebuild_rows, take_in
from ..support.properties import cases

FILES = ("ged191.csv", "conflict_data_BGD.csv", "GEDEvent_v23_1.geojson")
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"the sample files are not in {SAMPLES}")
FIGURE_COLUMNS = ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "best")
each_sample = pytest.mark.parametrize("name", cases(FILES, ["conflict_data_BGD.csv"]))  # One by default: each takes seconds to read.


@cache
def sample(name: str) -> tuple[Intake, Tables]:
    """What a sample becomes; taken in once for all tests, which only read it."""
    return take_in(SAMPLES / "ucdp" / name)


# The expectations are computed by the standard library alone.


@cache
def records(name: str) -> list[Cells]:
    path = SAMPLES / "ucdp" / name
    if path.suffix == ".geojson":
        features = json.loads(path.read_text("utf-8"), parse_float=str, parse_int=str)["features"]
        points = ({"longitude": one["geometry"]["coordinates"][0], "latitude": one["geometry"]["coordinates"][1]} for one in features)
        return [{**feature["properties"], **point} for feature, point in zip(features, points, strict=True)]
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if not row["year"].startswith("#")]


def number(cell: str) -> Decimal | None:
    return Decimal(cell) if cell.strip() else None


ARTICLE = re.compile(r"(?s)([^\n]+?),(\d{4}-\d{2}-\d{2}),(.+)")


def articles(cell: str) -> list[str]:
    """The articles of a packed cell, which is split where a quotation mark, a semicolon and a quotation mark meet; prose is one article."""
    text = cell.strip()
    packed = text.startswith('"') and text.endswith('"') and re.match(r'"[^"]+?,\d{4}-\d{2}-\d{2},', text)
    parts = [part.strip() for part in text[1:-1].split('";"')] if packed else [text]
    return [part for part in dict.fromkeys(parts) if part]


def total(values: list[Decimal | None]) -> Decimal:
    return sum((value for value in values if value is not None), Decimal(0))


@each_sample
def test_every_record_and_every_number_of_a_sample_arrives(name: str) -> None:
    (intake, tables), expected = sample(name), records(name)
    assert intake.sum("read") == len(expected) and intake.sum("rejected") == intake.sum("repeated") == intake.problems == 0
    assert len(tables["event"]) == len({event["id"] for event in tables["event"]}) == len({row["id"] for row in expected})
    assert len(tables["participation"]) == 2 * len(expected) and all(event["country"] for event in tables["event"])
    figures = tables["figure"]
    assert len(figures) == sum(bool(row[column].strip()) for row in expected for column in FIGURE_COLUMNS)
    for field, population, column in (
        ("best", "all", "best"),
        ("low", "", "low"),
        ("high", "", "high"),
        ("best", "civilians", "deaths_civilians"),
    ):
        found = [number(figure[field]) for figure in figures if population in ("", figure["population"])]
        assert total(found) == total([number(row[column]) for row in expected]), (field, population)
    published = {source["id"] for source in tables["source"] if source["kind"] == "article"}
    assert len(published) == len({text for row in expected for text in articles(row["source_article"])})


@pytest.mark.nightly
@pytest.mark.parametrize("name", FILES)
async def test_a_sample_loads_and_the_same_again_changes_nothing(store: Instance, name: str) -> None:
    path, expected = SAMPLES / "ucdp" / name, records(name)
    receipt = await load_files(KINDS, store.url, [path], LoadOptions(source="ucdp-ged"))
    assert receipt.summary()["read"] == receipt.added + receipt.changed + receipt.unchanged == len(expected)
    assert receipt.intake.sum("rejected") == receipt.intake.sum("repeated") == 0
    assert receipt.claims["event"]["added"] == len(expected)
    for statement, count in {
        "select count(*) from event": len({row["id"] for row in expected}),
        "select count(*) from participation": 2 * len(expected),
        "select count(*) from figure": sum(bool(row[column].strip()) for row in expected for column in FIGURE_COLUMNS),
        "select coalesce(sum(best), 0) from figure where population = 'all'": total([number(row["best"]) for row in expected]),
        "select coalesce(sum(low), 0) from figure": total([number(row["low"]) for row in expected]),
        "select coalesce(sum(high), 0) from figure": total([number(row["high"]) for row in expected]),
        "select coalesce(sum(best), 0) from figure where population = 'civilians'": total([number(row["deaths_civilians"]) for row in expected]),
        "select count(*) from event where country is null": 0,
        "select count(*) from source where kind = 'article'": len({text for row in expected for text in articles(row["source_article"])}),
    }.items():  # fmt: skip
        assert (await store.rows(statement))[0][0] == count, statement
    repeated = await load_files(KINDS, store.url, [path], LoadOptions(source="ucdp-ged"))
    assert (repeated.added, repeated.changed, repeated.revision) == (0, 0, None)


@each_sample
def test_every_cell_of_a_sample_can_be_rebuilt(name: str) -> None:
    intake, tables = sample(name)
    assert rebuild_rows(tables, intake.files[0].columns) == {row["id"].strip(): known_cells(row) for row in records(name)}


@each_sample
def test_what_is_odd_in_a_sample_is_flagged(name: str) -> None:
    intake, _ = sample(name)
    expected: Counter[str] = Counter()
    for row in records(name):
        low, best, high = (number(row[column]) for column in ("low", "best", "high"))
        expected["low_above_best"] += low is not None and best is not None and low > best
        expected["best_above_high"] += best is not None and high is not None and best > high
        expected["low_above_high"] += low is not None and best is None and high is not None and low > high
        expected["sentinel"] += row["number_of_sources"] == "-1"
        days = [match[2] for match in map(ARTICLE.fullmatch, articles(row["source_article"])) if match]
        expected["implausible_date"] += sum(not 1900 <= int(day[:4]) <= 2040 for day in days)
    odd = {
        code: count for code, count in intake.flags.items() if code != "invisible_character"
    }  # tests/intake/test_ambiguous.py is about these.
    assert odd == {code: count for code, count in sorted(expected.items()) if count}
    assert max(Counter(line.rpartition("(")[2] for line in intake.flag_messages).values(), default=0) <= 100


@each_sample
def test_articles_of_a_sample_are_split_as_its_other_columns_say(name: str) -> None:
    _, tables = sample(name)
    sources = {source["id"]: source for source in tables["source"]}
    consulted = {
        event["ucdp_id"]: [sources[id] for id in (event["consulted"] or "").strip("{}").split(",") if id] for event in tables["event"]
    }
    for row in records(name):
        found = consulted[row["id"]]
        if row["number_of_sources"] == "-1":
            prose = row["source_article"].strip()
            assert [source["title"] for source in found] in ([], [prose]) or ARTICLE.fullmatch(prose)
            continue
        assert len(set(articles(row["source_article"]))) == len(found) <= int(row["number_of_sources"])
        for column, field in (("source_office", "publisher"), ("source_date", "published_on"), ("source_headline", "title")):
            assert all(_letters(source[field]) in _letters(row[column]) for source in found), (row["id"], column)


def _letters(text: str) -> str:
    return re.sub(r'[\s"]', "", text)
