"""UCDP GED: every layout becomes the same claims, nothing of a row is lost, and what is damaged is refused by name."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.errors import LoadRefused
from api.loading.files import LoadOptions, load_files
from api.sql.duckdb import scan
from schema.codelists.bounding_boxes import BOUNDING_BOXES
from schema.codelists.gleditsch_ward import STATES
from schema.codelists.vocabularies import COUNTRY
from schema.formats.ucdp_ged import COLUMNS
from schema.kinds import KINDS

from ..conftest import SAMPLES, Instance
from ..support.ged_rows import OLDER, RENAMED, Cells, Tables, again, geojson, row, rows, table, taken, told

FILES = ("ged191.csv", "conflict_data_BGD.csv", "GEDEvent_v23_1.geojson")
sampled = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"the sample files are not here, in {SAMPLES}")


def written(folder: Path, content: str | bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


# What is in the samples, by no code of ours.


def records(name: str) -> list[Cells]:
    path = SAMPLES / "ucdp" / name
    if path.suffix == ".geojson":
        features = json.loads(path.read_text("utf-8"), parse_float=str, parse_int=str)["features"]
        points = ({"longitude": one["geometry"]["coordinates"][0], "latitude": one["geometry"]["coordinates"][1]} for one in features)
        return [{**one["properties"], **point} for one, point in zip(features, points, strict=True)]
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [one for one in csv.DictReader(file) if not one["year"].startswith("#")]


def number(cell: str) -> Decimal | None:
    return Decimal(cell) if cell.strip() else None


ARTICLE = re.compile(r"(?s)([^\n]+?),(\d{4}-\d{2}-\d{2}),(.+)")


def articles(cell: str) -> list[str]:
    """The packed form cut where a quotation mark, a semicolon and a quotation mark meet; else prose, whole."""
    text = cell.strip()
    packed = text.startswith('"') and text.endswith('"') and re.match(r'"[^"]+?,\d{4}-\d{2}-\d{2},', text)
    found = [one.strip() for one in text[1:-1].split('";"')] if packed else [text]
    return [one for one in dict.fromkeys(found) if one]


@sampled
@pytest.mark.parametrize("name", FILES)
async def test_a_sample_loads_with_a_receipt_that_balances(store: Instance, name: str) -> None:
    path, expected = SAMPLES / "ucdp" / name, records(name)
    receipt = await load_files(KINDS, store.url, [path], LoadOptions())
    assert receipt.summary()["read"] == receipt.added + receipt.changed + receipt.unchanged == len(expected)
    assert receipt.intake.sum("rejected") == receipt.intake.sum("repeated") == 0
    assert receipt.claims["event"]["added"] == len(expected)
    for statement, count in {
        "select count(*) from event": len({one["id"] for one in expected}),
        "select count(*) from participation": 2 * len(expected),
        "select count(*) from figure": sum(bool(one[cell].strip()) for one in expected for cell in ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "best")),
        "select coalesce(sum(best), 0) from figure where population = 'all'": sum(number(one["best"]) or 0 for one in expected),
        "select coalesce(sum(low), 0) from figure": sum(number(one["low"]) or 0 for one in expected),
        "select coalesce(sum(high), 0) from figure": sum(number(one["high"]) or 0 for one in expected),
        "select coalesce(sum(best), 0) from figure where population = 'civilians'": sum(number(one["deaths_civilians"]) or 0 for one in expected),
        "select count(*) from event where country is null": 0,
        "select count(*) from source where kind = 'article'": len({text for one in expected for text in articles(one["source_article"])}),
    }.items():  # fmt: skip
        assert (await store.rows(statement))[0][0] == count, statement
    again_ = await load_files(KINDS, store.url, [path], LoadOptions())
    assert (again_.added, again_.changed, again_.revision) == (0, 0, None)


@sampled
@pytest.mark.parametrize("name", FILES)
def test_every_cell_of_a_sample_can_be_had_again(name: str) -> None:
    intake, tables = taken(SAMPLES / "ucdp" / name)
    expected = {one["id"].strip(): told(one) for one in records(name)}
    assert again(tables, intake.files[0].columns) == expected


@sampled
@pytest.mark.parametrize("name", FILES)
def test_what_is_odd_in_a_sample_is_flagged(name: str) -> None:
    intake, _ = taken(SAMPLES / "ucdp" / name)
    expected: Counter[str] = Counter()
    for one in records(name):
        low, best, high = (number(one[cell]) for cell in ("low", "best", "high"))
        expected["low_above_best"] += low is not None and best is not None and low > best
        expected["best_above_high"] += best is not None and high is not None and best > high
        expected["sentinel"] += one["number_of_sources"] == "-1"
        days = [found[2] for found in map(ARTICLE.fullmatch, articles(one["source_article"])) if found]
        expected["implausible_date"] += sum(not 1900 <= int(day[:4]) <= 2040 for day in days)
    assert intake.flags == {code: count for code, count in sorted(expected.items()) if count}
    assert max(Counter(line.rpartition("(")[2] for line in intake.odd).values(), default=0) <= 100


@sampled
@pytest.mark.parametrize("name", FILES)
def test_articles_of_a_sample_are_told_apart_as_its_other_columns_tell_them(name: str) -> None:
    _, tables = taken(SAMPLES / "ucdp" / name)
    sources = {one["id"]: one for one in tables["source"]}
    quoted = {one["ucdp_id"]: [sources[id] for id in one["quoted_from"].strip("{}").split(",") if id] for one in tables["event"]}
    for one in records(name):
        found = quoted[one["id"]]
        if one["number_of_sources"] == "-1":
            assert [source["title"] for source in found] in ([], [one["source_article"].strip()]) or ARTICLE.fullmatch(
                one["source_article"].strip()
            )
            continue
        assert len(set(articles(one["source_article"]))) == len(found) <= int(one["number_of_sources"])
        for column, field in (("source_office", "publisher"), ("source_date", "published_on"), ("source_headline", "title")):
            assert all(_bare(source[field]) in _bare(one[column]) for source in found), (one["id"], column)


def _bare(text: str) -> str:
    return re.sub(r'[\s"]', "", text)


# One and the same, however it is written.


def same(tables: Tables, *without: str) -> Tables:
    """Claims without what the encoding cannot say: `original` has its very words, and older layouts lack some columns."""
    return {
        kind: sorted(({name: cell for name, cell in one.items() if name not in ("original", *without)} for one in claims), key=str)
        for kind, claims in tables.items()
    }


def zipped(text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("GEDEvent.csv", text)
    return packed.getvalue()


def separated(given: list[Cells], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([COLUMNS, *([one[name] for name in COLUMNS] for one in given)])
    return text.getvalue()


def tagged(given: list[Cells]) -> str:
    """As HDX publishes it: a code of ISO beside UCDP's, and a row of tags under the header, where most cells are empty."""
    columns = [*OLDER[: OLDER.index("country_id")], "iso3", *OLDER[OLDER.index("country_id") :]]
    lines = table([{**one, "iso3": "TCD"} for one in given], columns).split("\n")
    tags = ",".join({"date_start": "#date+start", "best": "#affected+killed"}.get(name, "") for name in columns)
    return "\n".join([lines[0], tags, *lines[1:]])


# `place_note` is where_description, which the older layouts do not have.
ENCODINGS: dict[str, tuple[Callable[[list[Cells]], str | bytes], tuple[str, ...]]] = {
    "with a byte-order mark": (lambda given: b"\xef\xbb\xbf" + table(given).encode(), ()),
    "lines end as on Windows": (lambda given: table(given).replace("\n", "\r\n").replace("officer\r\n", "officer\n"), ()),
    "tabs": (lambda given: separated(given, "\t"), ()),
    "zip": (lambda given: zipped(table(given)), ()),
    "gzip": (lambda given: gzip.compress(table(given).encode()), ()),
    "geojson": (geojson, ()),
    "no header": (lambda given: table(given, header=False), ()),
    "no header, with a byte-order mark": (lambda given: b"\xef\xbb\xbf" + table(given, header=False).encode(), ()),
    "true and false": (lambda given: table([{**one, "active_year": str(one["active_year"] == "1")} for one in given]), ()),
    "dates with a time": (lambda given: table([{**one, "date_start": f"{one['date_start']} 00:00:00.000"} for one in given]), ()),
    "43 columns, with tags of HXL": (tagged, ("place_note",)),
    "44 columns": (lambda given: table(given, ["relid", "code_status", *OLDER]), ("place_note",)),
    "41 columns": (lambda given: table(given, [name for name in OLDER if name != "geom_wkt"]), ("place_note",)),
    "42 columns": (lambda given: table(given, OLDER), ("place_note",)),
    "older names": (lambda given: table(given, OLDER, True, **RENAMED), ("place_note",)),
    "columns in another order": (lambda given: table(given, COLUMNS[::-1]), ()),
}  # fmt: skip


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    intake, tables = taken(written(tmp_path_factory.mktemp("plain"), table(rows()), "plain.csv"))
    assert (intake.sum("read"), intake.sum("rejected"), intake.flags) == (12, 0, {"sentinel": 3})
    return tables


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_same_rows_are_the_same_claims_in_every_encoding(plain: Tables, tmp_path: Path, encoding: str) -> None:
    write, without = ENCODINGS[encoding]
    intake, tables = taken(written(tmp_path, write(rows())))
    assert not intake.problems and intake.sum("read") == 12
    assert same(tables, *without) == same(plain, *without)


@pytest.mark.parametrize("columns", [COLUMNS, OLDER], ids=["49", "42"])
def test_every_cell_can_be_had_again(tmp_path: Path, columns: tuple[str, ...]) -> None:
    given = [{**one, "date_start": f"{one['date_start']}T13:30:00"} for one in rows()]
    given += [
        row(50, best="", low="1"),
        row(51, latitude="", longitude=""),
        row(52, dyad_name=""),
        row(53, side_b_new_id="", side_b="x", deaths_b=""),
    ]
    _, tables = taken(written(tmp_path, table(given, columns)))
    assert again(tables, columns) == {one["id"]: told({name: one[name] for name in columns}) for one in given}


def test_records_are_not_lines(tmp_path: Path) -> None:
    text = table(rows())
    assert text.count("\n") == 25  # An officer and others, in two lines each.
    intake, tables = taken(written(tmp_path, text))
    assert intake.sum("read") == 12
    assert json.loads(tables["event"][0]["original"])["source_original"] == "an officer\nand, it says, others"


def test_a_file_without_a_header_is_known_by_content_and_not_by_the_number_of_its_columns(tmp_path: Path) -> None:
    for columns in (COLUMNS[::-1], (*COLUMNS[1:], COLUMNS[0]), COLUMNS[:-1]):
        with pytest.raises(LoadRefused, match="is in no known format"):
            taken(written(tmp_path, table(rows(), columns, header=False)))
    damaged = table([row(1, geom_wkt="nowhere"), *rows()[2:]], header=False)  # One odd row does not hide what the file is.
    assert taken(written(tmp_path, damaged))[0].sum("read") == 11


# What a row becomes.


def only(tmp_path: Path, **cells: str) -> Tables:
    intake, tables = taken(written(tmp_path, table([row(1, **cells)])))
    assert not intake.problems, intake.rejections
    return tables


def test_sides_are_actors_and_civilians_the_target(tmp_path: Path) -> None:
    _, tables = taken(written(tmp_path, table(rows())))
    kinds = {(one["name"], one["kind"], one["ucdp_id"]) for one in tables["actor"]}
    assert kinds == {("Government of Land", "state_forces", "90"), ("Group", "unknown", "80"), ("Civilians", "civilians", "1")}
    roles = Counter((one["actor"], one["role"]) for one in tables["participation"])
    assert roles == {("ucdp-actor-90", "side_a"): 12, ("ucdp-actor-80", "side_b"): 8, ("ucdp-actor-1", "target"): 4}


def test_absent_is_no_figure_and_zero_is_one(tmp_path: Path) -> None:
    tables = only(tmp_path, deaths_civilians="", deaths_unknown="0", best="", low="", high="7")
    figures = {one["id"].removeprefix("ucdp-ged-1001-"): (one["low"], one["best"], one["high"]) for one in tables["figure"]}
    assert figures == {"side-a": ("", "0", ""), "side-b": ("", "1", ""), "unknown": ("", "0", ""), "total": ("", "", "7")}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('"Office,2010-01-02,One; two";"The "Sun", London,2011-01-01,He said "no"; "yes"; she"',
         [("Office", "2010-01-02", "One; two"), ('The "Sun", London', "2011-01-01", 'He said "no"; "yes"; she')]),
        ('"UNSC, Secretary General,2019-06-17, Report "', [("UNSC, Secretary General", "2019-06-17", "Report")]),
        ('"A,2010-01-02,He said "no"";\n"B,2010-01-03,"Yes"', [("A", "2010-01-02", 'He said "no"'), ("B", "2010-01-03", '"Yes')]),
        ('"A,2010-01-02,x";"A,2010-01-02,x"', [("A", "2010-01-02", "x")]),
        ('HRW 2007 "State of Anarchy"', [("", "", 'HRW 2007 "State of Anarchy"')]),
        ("BBC 7/10-09; RFI 7 Oct 09", [("", "", "BBC 7/10-09; RFI 7 Oct 09")]),
        ("", []),
    ],
)  # fmt: skip
def test_articles_are_sources_that_claims_are_quoted_from(tmp_path: Path, cell: str, expected: list[tuple[str, str, str]]) -> None:
    tables = only(tmp_path, source_article=cell)
    assert sorted((one["publisher"], one["published_on"], one["title"]) for one in tables["source"]) == sorted(expected)
    ids = {one["id"] for one in tables["source"]}
    for kind in ("event", "participation", "figure"):
        assert {frozenset(filter(None, one["quoted_from"].strip("{}").split(","))) for one in tables[kind]} == {frozenset(ids)}


@pytest.mark.parametrize(
    ("number", "day", "country"),
    [
        ("345", "1991-07-01", "YUG"), ("345", "2004-03-17", "SCG"), ("345", "2006-06-05", "SRB"), ("365", "1991-12-25", "SUN"),
        ("365", "1991-12-26", "RUS"), ("678", "1994-05-05", "YEM"), ("678", "1986-01-13", "YEM"), ("680", "1986-01-13", "YMD"),
        ("260", "1989-01-01", "DEU"), ("265", "1989-01-01", "DDR"), ("315", "1989-11-17", "CSK"), ("316", "1993-01-01", "CZE"),
        ("530", "1990-02-10", "ETH"), ("531", "1998-05-06", "ERI"), ("816", "1975-04-30", "VDR"), ("816", "1979-02-17", "VNM"), ("626", "2013-12-15", "SSD"),
    ],
)  # fmt: skip
def test_a_country_is_that_of_its_time(number: str, day: str, country: str) -> None:
    assert [code for key, since, until, code in STATES if key == number and since <= day <= until] == [country]


def test_the_country_is_looked_up_and_its_number_stands_with_the_country_alone(tmp_path: Path) -> None:
    tables = only(
        tmp_path,
        country="Serbia (Yugoslavia)",
        country_id="345",
        date_start="1991-07-01",
        date_end="1991-07-01",
        latitude="45.1",
        longitude="18.9",
    )
    assert tables["event"][0]["country"] == "YUG"
    country, place = sorted(tables["location"], key=lambda one: one["kind"] != "country")
    assert (country["id"], country["name"], country["kind"], country["country"], country["gleditsch_ward"]) == (
        "ucdp-country-345-YUG", "Serbia (Yugoslavia)", "country", "YUG", "345",
    )  # fmt: skip
    assert (place["name"], place["country"], place["gleditsch_ward"], place["part_of"]) == ("Tówn 1", "YUG", "", country["id"])


def test_a_code_of_no_list_is_kept_unknown_and_flagged(tmp_path: Path) -> None:
    intake, tables = taken(written(tmp_path, table([row(1, country_id="9999"), row(2, country_id="531", date_start="1990-01-01")])))
    assert intake.flags == {"unknown_code": 2}
    assert {one["country"] for kind in ("event", "location") for one in tables[kind]} == {""}
    assert sorted(one["gleditsch_ward"] for one in tables["location"] if one["kind"] == "country") == ["531", "9999"]


def test_the_list_of_states_names_one_country_a_day() -> None:
    assert {code for *_, code in STATES} <= set(COUNTRY.codes)
    for number, since, until, _ in STATES:
        assert since <= until
        assert sum(key == number and first <= since <= last for key, first, last, _ in STATES) == 1


def test_every_country_of_the_list_has_a_box() -> None:
    boxes = {country: edges for country, *edges in BOUNDING_BOXES}
    assert len(boxes) == len(BOUNDING_BOXES) and set(boxes) <= set(COUNTRY.codes)
    assert {code for *_, code in STATES} <= set(boxes)
    assert all(-180 <= west <= 180 and -90 <= south < north <= 90 and -180 <= east <= 180 for west, south, east, north in boxes.values())
    assert {country for country, (west, _, east, _) in boxes.items() if west > east} == {"FJI", "KIR", "NZL", "RUS", "SUN", "UMI", "USA"}


@pytest.mark.parametrize(
    ("flag", "cells"),
    [
        ("low_above_best", {"low": "9", "best": "8", "high": "10"}),
        ("best_above_high", {"low": "1", "best": "8", "high": "7"}),
        ("started_on_above_ended_on", {"date_start": "2016-01-07"}),
        ("outside_country", {"latitude": "52.5"}),
        ("outside_country", {"longitude": "-16.5"}),
        ("implausible_date", {"source_article": '"A,1753-01-01,x"'}),
        ("implausible_date", {"source_article": '"A,2919-01-01,x"'}),
        ("implausible_date", {"date_end": "2919-01-01"}),
        ("sentinel", {"number_of_sources": "-1"}),
    ],
)
def test_what_is_odd_is_kept_and_flagged(tmp_path: Path, flag: str, cells: Cells) -> None:
    given = row(1, **cells)
    intake, tables = taken(written(tmp_path, table([given])))
    assert flag in intake.flags and intake.sum("rejected") == 0
    assert again(tables, COLUMNS) == {"1001": told(given)}


@pytest.mark.parametrize(
    ("longitude", "flagged"),
    [("179.9", False), ("-179.9", False), ("-178", False), ("177.5", False), ("-176", True), ("173", True), ("0", True)],
)
def test_a_country_may_lie_on_both_sides_of_the_180th_meridian(tmp_path: Path, longitude: str, flagged: bool) -> None:
    fiji = {"country": "Fiji", "country_id": "950", "latitude": "-17.8"}
    intake, _ = taken(written(tmp_path, table([row(1, **fiji, longitude=longitude)])))
    assert intake.flags == ({"outside_country": 1} if flagged else {})


def test_a_flag_does_not_flood_the_list_of_what_is_odd(tmp_path: Path) -> None:
    intake, _ = taken(written(tmp_path, table([row(n, number_of_sources="-1") for n in range(300)] + [row(300, low="99", best="9")])))
    assert intake.flags["sentinel"] == 300
    assert sum("(sentinel)" in line for line in intake.odd) == 100
    assert any("(low_above_best)" in line for line in intake.odd)


def test_a_row_that_comes_again_is_taken_once_and_one_that_differs_is_refused(tmp_path: Path) -> None:
    intake, tables = taken(written(tmp_path, table([row(1), row(2), row(1)])))
    assert (intake.sum("read"), intake.sum("repeated"), intake.flags["repeated"], len(tables["event"])) == (3, 1, 1, 2)
    intake, tables = taken(written(tmp_path, table([row(1), row(2), row(1, deaths_b="77")])))
    assert (intake.sum("read"), intake.sum("rejected"), len(tables["event"])) == (3, 1, 2)
    assert [(one.record, one.field, one.value) for one in intake.rejections] == [("id 1001", "id", "ucdp-ged-1001")]


# What is damaged.

LINE = table([row(4)], header=False)
DAMAGE: dict[str, tuple[Callable[[str], str | bytes], str]] = {
    "a short row": (lambda line: line[: line.rindex(",")] + "\n", "missing columns"),
    "a long row": (lambda line: line.rstrip() + ",x\n", "too many columns"),
    "a quotation mark that stays open": (
        lambda line: line.replace("Land: Government", '"Land: Government'),
        "unterminated|missing columns|too many",
    ),
    "a byte of Latin-1": (lambda line: line.replace("Tówn", "T\xf3wn").encode("latin-1"), "not utf-8"),
    "an unknown type of violence": (lambda line: line.replace(",Clear,2,", ",Clear,4,"), "type_of_violence, '4': is not one of 1, 2, 3"),
    "no type of violence": (lambda line: line.replace(",Clear,2,", ",Clear,,"), "type_of_violence: is missing"),
    "a date that is none": (lambda line: line.replace("2016-01-05", "2016-02-30"), "date_start, '2016-02-30': must be a date"),
    "a precision between two": (lambda line: line.replace(",2,2016-01-05", ",1.6,2016-01-05"), "date_prec, '1.6': is not on the scale"),
    "a number that is none": (lambda line: line.replace(",0,4,", ",0,4k,"), "deaths_b, '4k': must be a number"),
    "a number with more digits than are kept": (
        lambda line: line.replace(",0,4,", ",0,4.0000000000000000001,"),
        "deaths_b, '4.0000000000000000001': must be a number",
    ),
    "no id": (lambda line: line.removeprefix("1004"), "id: is missing"),
    "a latitude off the globe": (lambda line: line.replace(",10.25,", ",100.25,"), "latitude, '100.25': must be between"),
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_what_is_damaged_is_refused_by_name_or_put_aside(store: Instance, tmp_path: Path, damage: str) -> None:
    spoil, said = DAMAGE[damage]
    spoiled = spoil(LINE)
    assert spoiled != LINE
    bad = spoiled if isinstance(spoiled, bytes) else spoiled.encode()
    path = written(tmp_path, table(rows(3)).encode() + bad + table([row(5), row(6)], header=False).encode(), "ged.csv")
    with pytest.raises(LoadRefused, match=said) as refused:
        await load_files(KINDS, store.url, [path], LoadOptions())
    assert re.search(r"ged\.csv, (line 8|id 1004|record 4)", str(refused.value)) and "nothing was written" in str(refused.value)
    assert await store.rows("select from event") == []
    aside = tmp_path / "aside.ndjson"
    receipt = await load_files(KINDS, store.url, [path], LoadOptions(reject_to=aside))
    pieces = 2 if "stays open" in damage else 1  # Of a record of two lines that cannot be cut, each is told of.
    assert (receipt.intake.sum("read"), receipt.claims["event"]["added"], receipt.intake.sum("rejected")) == (5 + pieces, 5, pieces)
    assert [one["id"] for one in await store.rows("select id from event order by id")] == [
        f"ucdp-ged-{n}" for n in (1000, 1001, 1002, 1005, 1006)
    ]
    lines = [json.loads(line) for line in aside.read_text("utf-8").splitlines()]
    assert len(lines) == pieces and re.search(said.rpartition(": ")[2], json.dumps(lines[0]["reasons"]))
    assert set(lines[0]["record"] or COLUMNS) == set(COLUMNS)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (table(rows()).replace("North", "No\0rth", 1), "line 3 contains a NUL character"),
        (table(rows()).encode("utf-16"), "line 1 contains a NUL character"),
        (zipped(table(rows()).replace("North", "No\0rth", 1)), r"file/GEDEvent\.csv: line 3 contains a NUL character"),
        (geojson(rows()).replace('"North"', '"No\\u0000rth"', 1), "contains a NUL character"),
        (table(rows()).encode().replace(b"relid", b"rel\xefd"), "has a header that is not UTF-8"),
        (table(rows()).replace("deaths_a", "deaths_x"), "the nearest format is ucdp-ged, which also has deaths_a"),
        (zipped(table(rows()))[:-40], "cannot be unpacked"),
        (geojson(rows())[:-200], "is not valid GeoJSON"),
        ("", "is empty"),
        ('"' + "x" * 300_000, "is in no known format|has no header"),
    ],
    ids=["NUL", "UTF-16", "NUL in a zip", "NUL in JSON", "Latin-1 header", "no column", "cut zip", "cut GeoJSON", "empty", "endless cell"],
)
def test_a_file_that_cannot_be_read_is_refused_whole(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(LoadRefused, match=said) as refused:
        taken(written(tmp_path, content))
    assert str(refused.value).startswith("file")


def test_a_backslash_before_an_escape_is_no_nul(tmp_path: Path) -> None:
    given = [row(1, where_coordinates=r"C:\\u0000")]
    _, tables = taken(written(tmp_path, geojson(given)))
    assert json.loads(tables["location"][-1]["original"] or tables["location"][0]["original"])["where_coordinates"] == r"C:\\u0000"


@pytest.mark.parametrize("name", ["GEDEvent.zip", "x.txt", "noname"])
def test_the_name_of_a_file_says_nothing(tmp_path: Path, name: str) -> None:
    assert taken(written(tmp_path, table(rows()), name))[0].sum("read") == 12


# Any damage at all.

JUNK = st.one_of(
    st.sampled_from(["", " ", "0", "-1", "1.5", "1e3", "NA", "null", "9999", "2016-13-01", '"', '""', ",", ";", "\n", "\r", "\t", "é", "#x", "1753-01-01", "'", "\\", "99999999999999999999"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A valid file with one damage."""
    given, columns = rows(draw(st.integers(2, 5))), list(COLUMNS)
    kind = draw(st.sampled_from(["cell", "raw", "truncated", "quote", "byte", "dropped", "renamed", "swapped", "again"]))
    at, column = draw(st.integers(0, len(given) - 1)), draw(st.sampled_from(columns))
    if kind == "cell":
        given[at][column] = draw(JUNK)
    elif kind == "dropped":
        columns.remove(column)
    elif kind == "swapped":
        given.reverse()
    elif kind == "again":
        given.insert(draw(st.integers(0, len(given))), {**given[at], column: draw(st.sampled_from([given[at][column], "7"]))})
    names = {column: draw(st.sampled_from([column.upper(), column[:-1], "id", "record", "x y", ""]))} if kind == "renamed" else {}
    text = table(given, columns, True, **names).encode()
    place = draw(st.integers(0, len(text) - 1))
    if kind == "raw":
        return text[:place] + draw(JUNK).encode() + text[place + 1 :]
    if kind == "truncated":
        return text[:place]
    if kind == "quote":
        return text[:place] + b'"' + text[place:]
    if kind == "byte":
        return text[:place] + bytes([draw(st.integers(0, 255))]) + text[place + 1 :]
    return text


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damaged())
def test_damage_is_refused_by_name_or_flagged_or_exactly_represented(tmp_path: Path, content: bytes) -> None:
    held(written(tmp_path, content), content)


def held(path: Path, content: bytes) -> None:
    """Every record of the file is refused by name, or can be had again to the letter."""
    try:
        intake, tables = taken(path)
    except LoadRefused as refusal:
        assert str(refusal).startswith(path.name)
        return
    columns = list(intake.files[0].columns)
    read, rejected, repeated = (intake.sum(name) for name in ("read", "rejected", "repeated"))
    events = tables.get("event", [])
    assert read == rejected + repeated + len(events) and bool(rejected) == bool(intake.problems)
    found = plainly(content, columns)
    assert read == len(found) or intake.problems
    expected = [told(dict(zip(columns, cells, strict=False))) for cells in found if len(cells) == len(columns)]
    for cells in again(tables, columns).values() if events else ():
        assert cells in expected


def plainly(content: bytes, columns: list[str]) -> list[list[str]]:
    """The records as Python's own reader has them, without the header."""
    text = content.decode("utf-8-sig", errors="replace")
    lines = [cells for cells in csv.reader(io.StringIO(text, newline="")) if cells]
    headed = scan.distinct_names([cell.strip() for cell in lines[0]]) == columns
    return lines[1:] if headed else lines
