"""UCDP GED: every layout and container becomes the same claims, and no cell of a row is lost."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from api.errors import LoadRefused
from api.intake.open import open_file
from api.intake.result import Intake
from schema.codelists.bounding_boxes import BOUNDING_BOXES
from schema.codelists.gleditsch_ward import STATES
from schema.codelists.vocabularies import COUNTRY
from schema.formats.ucdp_ged import COLUMNS

from ..support.ged_rows import OLDER, RENAMED, Cells, Tables, geojson, known_cells, rebuild_rows, row, rows, table, take_in
from ..support.mapped_claims import opened


def written(folder: Path, content: str | bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@cache
def taken_rows() -> tuple[Intake, Tables, dict[str, Cells]]:
    """One file for all `CASES`: each is `row(1)` with its cells, and an id of its own. Nothing of it is rejected. Also the rows by case."""
    given = {name: row(1, **{"id": str(2001 + n), **cells}) for n, (name, cells) in enumerate(CASES.items())}
    with tempfile.TemporaryDirectory() as folder:
        intake, tables = take_in(written(Path(folder), table(given.values())))
    assert intake.sum("read") == len(given) and not intake.problems, intake.rejections
    return intake, tables, given


def taken_row(case: str) -> Tables:
    """The claims that are made of one of the `CASES`, and the places of its event."""
    _, tables, given = taken_rows()
    event = f"ucdp-ged-{given[case]['id']}"
    (place,) = {claim["location"] for claim in tables["event"] if claim["id"] == event}
    places = {claim["id"]: claim for claim in tables["location"]}
    return {
        "event": [claim for claim in tables["event"] if claim["id"] == event],
        **{kind: [claim for claim in tables[kind] if claim["event"] == event] for kind in ("figure", "participation")},
        "location": [places[place], places[places[place]["part_of"]]],
    }


# The same rows, however they are written.


def comparable(tables: Tables, *without: str) -> Tables:
    """Claims without `original`, which has the words of the file, and without fields that older layouts lack."""
    return {
        kind: sorted(({name: cell for name, cell in claim.items() if name not in ("original", *without)} for claim in claims), key=str)
        for kind, claims in tables.items()
    }


def zipped(text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("GEDEvent.csv", text)
    return packed.getvalue()


def separated(cells: list[Cells], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([COLUMNS, *([row[name] for name in COLUMNS] for row in cells)])
    return text.getvalue()


def tagged(cells: list[Cells]) -> str:
    """As HDX publishes it: with an ISO code beside UCDP's, and a row of tags, mostly empty, under the header."""
    columns = [*OLDER[: OLDER.index("country_id")], "iso3", *OLDER[OLDER.index("country_id") :]]
    lines = table([{**row, "iso3": "TCD"} for row in cells], columns).split("\n")
    tags = ",".join({"date_start": "#date+start", "best": "#affected+killed"}.get(name, "") for name in columns)
    return "\n".join([lines[0], tags, *lines[1:]])


CONTAINERS: dict[str, Callable[[list[Cells]], str | bytes]] = {
    "with a byte-order mark": lambda cells: b"\xef\xbb\xbf" + table(cells).encode(),
    "lines end as on Windows": lambda cells: table(cells).replace("\n", "\r\n").replace("officer\r\n", "officer\n"),
    "tabs": lambda cells: separated(cells, "\t"),
    "zip": lambda cells: zipped(table(cells)),
    "gzip": lambda cells: gzip.compress(table(cells).encode()),
    "no header": lambda cells: table(cells, header=False),
    "no header, with a byte-order mark": lambda cells: b"\xef\xbb\xbf" + table(cells, header=False).encode(),
}  # fmt: skip
# The layouts, and the field that they lack: `place_note` is where_description, which older layouts do not have.
LAYOUTS: dict[str, tuple[Callable[[list[Cells]], str], tuple[str, ...]]] = {
    "geojson": (geojson, ()),
    "true and false": (lambda cells: table([{**row, "active_year": str(row["active_year"] == "1")} for row in cells]), ()),
    "dates with a time": (lambda cells: table([{**row, "date_start": f"{row['date_start']} 00:00:00.000"} for row in cells]), ()),
    "43 columns, with tags of HXL": (tagged, ("place_note",)),
    "44 columns": (lambda cells: table(cells, ["relid", "code_status", *OLDER]), ("place_note",)),
    "41 columns": (lambda cells: table(cells, [name for name in OLDER if name != "geom_wkt"]), ("place_note",)),
    "42 columns": (lambda cells: table(cells, OLDER), ("place_note",)),
    "older names": (lambda cells: table(cells, OLDER, True, **RENAMED), ("place_note",)),
    "columns in another order": (lambda cells: table(cells, COLUMNS[::-1]), ()),
}  # fmt: skip


def read_records(path: Path) -> Any:
    """The format, the columns and the records of a file, from which alone its claims are made."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        file = open_file(connection, path, Path(folder))
        return file.format, file.columns, file.has_raw_record, connection.execute(file.records).fetchall()


@pytest.mark.parametrize("container", CONTAINERS)
def test_the_same_rows_are_read_from_every_container(tmp_path: Path, container: str) -> None:
    expected = read_records(written(tmp_path, table(rows()), "plain.csv"))
    assert len(expected[-1]) == 12 and read_records(written(tmp_path, CONTAINERS[container](rows()))) == expected


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    intake, tables = take_in(written(tmp_path_factory.mktemp("plain"), table(rows()), "plain.csv"))
    assert (intake.sum("read"), intake.sum("rejected"), intake.flags) == (12, 0, {"sentinel": 3})
    return tables


@pytest.mark.sampled(1)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_rows_are_the_same_claims_in_every_layout(plain: Tables, tmp_path: Path, layout: str) -> None:
    write, lacking = LAYOUTS[layout]
    intake, tables = take_in(written(tmp_path, write(rows())))
    assert not intake.problems and intake.sum("read") == 12
    assert comparable(tables, *lacking) == comparable(plain, *lacking)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("columns", [COLUMNS, OLDER], ids=["49", "42"])
def test_every_cell_can_be_rebuilt(tmp_path: Path, columns: tuple[str, ...]) -> None:
    given = [{**cells, "date_start": f"{cells['date_start']}T13:30:00"} for cells in rows()]
    given += [
        row(50, best="", low="1"),
        row(51, latitude="", longitude=""),
        row(52, dyad_name=""),
        row(53, side_b_new_id="", side_b="x", deaths_b=""),
    ]
    _, tables = take_in(written(tmp_path, table(given, columns)))
    assert rebuild_rows(tables, columns) == {cells["id"]: known_cells({name: cells[name] for name in columns}) for cells in given}


def test_a_record_may_span_lines(plain: Tables) -> None:
    assert table(rows()).count("\n") == 25  # An officer and others, in two lines each.
    assert len(plain["event"]) == 12
    assert json.loads(plain["event"][0]["original"])["source_original"] == "an officer\nand, it says, others"


def test_a_file_without_a_header_is_recognized_by_its_content_and_not_by_the_number_of_its_columns(tmp_path: Path) -> None:
    for columns in (COLUMNS[::-1], (*COLUMNS[1:], COLUMNS[0]), COLUMNS[:-1]):
        with pytest.raises(LoadRefused, match="is in no known format"):
            read_records(written(tmp_path, table(rows(), columns, header=False)))
    damaged = table([row(1, geom_wkt="nowhere"), *rows()[2:]], header=False)  # One odd row does not hide the layout.
    assert len(read_records(written(tmp_path, damaged))[-1]) == 11


@pytest.mark.parametrize("name", ["GEDEvent.zip", "x.txt", "noname"])
def test_the_name_of_a_file_does_not_matter(tmp_path: Path, name: str) -> None:
    assert len(read_records(written(tmp_path, table(rows()), name))[-1]) == 12


def test_a_backslash_before_an_escape_is_not_a_nul(tmp_path: Path) -> None:
    given = [row(1, where_coordinates=r"C:\\u0000")]
    (record,) = opened(written(tmp_path, geojson(given))).records
    assert record["where_coordinates"] == r"C:\\u0000"


# What a row becomes.


def test_sides_are_actors_and_civilians_are_the_target(plain: Tables) -> None:
    kinds = {(actor["name"], actor["kind"], actor["ucdp_id"]) for actor in plain["actor"]}
    assert kinds == {("Government of Land", "state_forces", "90"), ("Group", "unknown", "80"), ("Civilians", "civilians", "1")}
    roles = Counter((participation["actor"], participation["role"]) for participation in plain["participation"])
    assert roles == {("ucdp-actor-90", "side_a"): 12, ("ucdp-actor-80", "side_b"): 8, ("ucdp-actor-1", "target"): 4}


def test_an_empty_cell_is_no_figure_and_zero_is_one() -> None:
    tables = taken_row("empty cells")
    figures = {one["id"].rpartition("2001-")[2]: (one["low"], one["best"], one["high"]) for one in tables["figure"]}
    assert figures == {"side-a": ("", "0", ""), "side-b": ("", "1", ""), "unknown": ("", "0", ""), "total": ("", "", "7")}


ARTICLES: list[tuple[str, list[tuple[str, str, str]]]] = [
        ('"Office,2010-01-02,One; two";"The "Sun", London,2011-01-01,He said "no"; "yes"; she"',
         [("Office", "2010-01-02", "One; two"), ('The "Sun", London', "2011-01-01", 'He said "no"; "yes"; she')]),
        ('"UNSC, Secretary General,2019-06-17, Report "', [("UNSC, Secretary General", "2019-06-17", "Report")]),
        ('"A,2010-01-02,He said "no"";\n"B,2010-01-03,"Yes"', [("A", "2010-01-02", 'He said "no"'), ("B", "2010-01-03", '"Yes')]),
        ('"A,2010-01-02,x";"A,2010-01-02,x"', [("A", "2010-01-02", "x")]),
        ('HRW 2007 "State of Anarchy"', [("", "", 'HRW 2007 "State of Anarchy"')]),
        ("BBC 7/10-09; RFI 7 Oct 09", [("", "", "BBC 7/10-09; RFI 7 Oct 09")]),
        ("", []),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(ARTICLES)))
def test_articles_are_sources_that_were_consulted_for_the_event_and_are_credited_for_no_value(number: int) -> None:
    _, tables, given = taken_rows()
    event = f"ucdp-ged-{given[f'article {number}']['id']}"
    claims = [
        claim
        for kind, key in (("event", "id"), ("participation", "event"), ("figure", "event"))
        for claim in tables[kind]
        if claim[key] == event
    ]
    assert len(claims) > 5 and not any((claim["quoted_from"] or "").strip("{}") for claim in claims)
    (consulted,) = [(claim["consulted"] or "").strip("{}").split(",") for claim in tables["event"] if claim["id"] == event]
    assert not any((claim["consulted"] or "").strip("{}") for kind in ("participation", "figure") for claim in tables[kind])
    sources = [source for source in tables["source"] if source["id"] in consulted]
    assert sorted((source["publisher"], source["published_on"], source["title"]) for source in sources) == sorted(ARTICLES[number][1])


def test_no_source_is_made_but_those_that_an_event_cites() -> None:
    _, tables, _ = taken_rows()
    cited = {id for event in tables["event"] for id in (event["consulted"] or "").strip("{}").split(",") if id}
    assert sorted(source["id"] for source in tables["source"]) == sorted(cited)


def test_deaths_by_side_are_one_disaggregation_and_the_total_is_not_part_of_it() -> None:
    tables = taken_row("deaths by side")
    names = {
        figure["id"].rpartition(f"{tables['event'][0]['ucdp_id']}-")[2]: figure["disaggregation"] or None for figure in tables["figure"]
    }
    by_side = "ucdp-deaths"
    assert names == {"side-a": by_side, "side-b": by_side, "civilians": by_side, "unknown": by_side, "total": None}


@pytest.mark.parametrize(
    ("number", "day", "country"),
    [
        ("345", "1991-07-01", "YUG"), ("345", "2004-03-17", "SCG"), ("345", "2006-06-05", "SRB"), ("365", "1991-12-25", "SUN"),
        ("365", "1991-12-26", "RUS"), ("678", "1994-05-05", "YEM"), ("678", "1986-01-13", "YEM"), ("680", "1986-01-13", "YMD"),
        ("260", "1989-01-01", "DEU"), ("265", "1989-01-01", "DDR"), ("315", "1989-11-17", "CSK"), ("316", "1993-01-01", "CZE"),
        ("530", "1990-02-10", "ETH"), ("531", "1998-05-06", "ERI"), ("816", "1975-04-30", "VDR"), ("816", "1979-02-17", "VNM"), ("626", "2013-12-15", "SSD"),
    ],
)  # fmt: skip
def test_a_country_is_the_one_at_the_time(number: str, day: str, country: str) -> None:
    assert [code for key, since, until, code in STATES if key == number and since <= day <= until] == [country]


def test_the_country_is_looked_up_and_only_its_location_has_its_number() -> None:
    tables = taken_row("a country of its time")
    assert tables["event"][0]["country"] == "YUG"
    country, place = sorted(tables["location"], key=lambda location: location["kind"] != "country")
    assert (country["id"], country["name"], country["kind"], country["country"], country["gleditsch_ward"]) == (
        "ucdp-country-345-YUG", "Serbia (Yugoslavia)", "country", "YUG", "345",
    )  # fmt: skip
    assert (place["name"], place["country"], place["gleditsch_ward"], place["part_of"]) == ("Tówn 1", "YUG", "", country["id"])


@pytest.mark.parametrize(("case", "number"), [("an unlisted country", "9999"), ("a country before its time", "531")])
def test_an_unlisted_country_code_is_unknown_and_flagged(case: str, number: str) -> None:
    intake, _, given = taken_rows()
    tables = taken_row(case)
    assert flags_of(intake, [*given].index(case) + 1) == {"unknown_code"}
    assert {claim["country"] for kind in ("event", "location") for claim in tables[kind]} == {""}
    assert [location["gleditsch_ward"] for location in tables["location"] if location["kind"] == "country"] == [number]


def test_the_list_of_states_has_one_country_for_each_number_and_day() -> None:
    assert {code for *_, code in STATES} <= set(COUNTRY.codes)
    for number, since, until, _ in STATES:
        assert since <= until
        assert sum(key == number and first <= since <= last for key, first, last, _ in STATES) == 1


def test_every_country_of_the_list_has_a_bounding_box() -> None:
    boxes = {country: edges for country, *edges in BOUNDING_BOXES}
    assert len(boxes) == len(BOUNDING_BOXES) and set(boxes) <= set(COUNTRY.codes)
    assert {code for *_, code in STATES} <= set(boxes)
    assert all(-180 <= west <= 180 and -90 <= south < north <= 90 and -180 <= east <= 180 for west, south, east, north in boxes.values())
    assert {country for country, (west, _, east, _) in boxes.items() if west > east} == {"FJI", "KIR", "NZL", "RUS", "SUN", "UMI", "USA"}


PLAUSIBLE: Cells = {}
ODD: list[tuple[set[str], Cells]] = [
    (set(), PLAUSIBLE),
    ({"low_above_best"}, {"low": "9", "best": "8", "high": "10", "deaths_unknown": "4"}),
    ({"best_above_high"}, {"low": "1", "best": "8", "high": "7", "deaths_unknown": "4"}),
    ({"low_above_high"}, {"low": "10", "best": "", "high": "3"}),
    ({"started_on_above_ended_on", "period_start_above_period_end"}, {"date_start": "2016-01-07"}),
    ({"outside_country"}, {"latitude": "52.5"}),
    ({"outside_country"}, {"longitude": "-16.5"}),
    ({"implausible_date"}, {"source_article": '"A,1753-01-01,x"'}),
    ({"implausible_date"}, {"source_article": '"A,2919-01-01,x"'}),
    ({"implausible_date"}, {"date_end": "2919-01-01"}),
    ({"sentinel"}, {"number_of_sources": "-1"}),
]


@pytest.mark.parametrize("number", range(len(ODD)))
def test_what_is_odd_is_kept_and_flagged(number: int) -> None:
    (intake, tables, given), case = taken_rows(), f"odd {number}"
    assert flags_of(intake, [*given].index(case) + 1) == ODD[number][0]
    assert rebuild_rows(tables, COLUMNS)[given[case]["id"]] == known_cells(given[case])


def flags_of(intake: Intake, record: int) -> set[str]:
    return {line.rpartition("(")[2].rstrip(")") for line in intake.flag_messages if re.match(rf"file, record {record}[,: ]", line)}


LONGITUDES = {"179.9": False, "-179.9": False, "-178": False, "177.5": False, "-176": True, "173": True, "0": True}


FIJI = {"country": "Fiji", "country_id": "950", "latitude": "-17.8"}


@pytest.mark.parametrize("longitude", LONGITUDES)
def test_a_country_may_lie_on_both_sides_of_the_180th_meridian(longitude: str) -> None:
    intake, _, given = taken_rows()
    flags = flags_of(intake, [*given].index(f"at {longitude}") + 1)
    assert flags == ({"outside_country"} if LONGITUDES[longitude] else set())


CASES: dict[str, Cells] = {
    "empty cells": {"deaths_civilians": "", "deaths_unknown": "0", "best": "", "low": "", "high": "7"},
    "deaths by side": {"best": "9", **{f"deaths_{who}": "1" for who in ("a", "b", "civilians", "unknown")}},
    "a country of its time": {
        "country": "Serbia (Yugoslavia)", "country_id": "345", "date_start": "1991-07-01", "date_end": "1991-07-01", "latitude": "45.1", "longitude": "18.9",
    },
    "an unlisted country": {"country_id": "9999"},
    "a country before its time": {"country_id": "531", "date_start": "1990-01-01"},
    **{f"article {n}": {"source_article": cell} for n, (cell, _) in enumerate(ARTICLES)},
    **{f"odd {n}": cells for n, (_, cells) in enumerate(ODD)},
    **{f"at {longitude}": {**FIJI, "longitude": longitude} for longitude in LONGITUDES},
}  # fmt: skip


def test_no_other_row_is_flagged() -> None:
    intake, _, given = taken_rows()
    flagged = {name for number, name in enumerate(given, 1) if flags_of(intake, number)}
    assert flagged == {
        "deaths by side",  # Which add up to less than the best estimate.
        "an unlisted country", "a country before its time", *(f"odd {n}" for n, (flags, _) in enumerate(ODD) if flags),
        *(f"at {longitude}" for longitude, outside in LONGITUDES.items() if outside),
    }  # fmt: skip
    assert sum(intake.flags.values()) == len(intake.flag_messages)


def test_one_flag_does_not_crowd_out_the_others_and_repeated_rows_are_taken_once_or_not_at_all(tmp_path: Path) -> None:
    """Once if they are the same, and not at all if they have one id and differ."""
    flagged = [*(row(n, number_of_sources="-1") for n in range(120)), row(120, low="99", best="9")]
    repeated = [row(201), row(202), row(201), row(205), row(205, deaths_b="77")]
    intake, tables = take_in(written(tmp_path, table([*flagged, *repeated])))
    assert intake.flags["sentinel"] == 120
    assert sum("(sentinel)" in line for line in intake.flag_messages) == 100
    assert any("(low_above_best)" in line for line in intake.flag_messages)
    counts = (intake.sum("read"), intake.sum("repeated"), intake.flags["repeated"], intake.sum("rejected"), len(tables["event"]))
    assert counts == (126, 1, 1, 2, 123)
    rejected = [(rejection.record, rejection.field, rejection.value) for rejection in intake.rejections]
    assert rejected == [("id 1205", "id", "1205")] * 2
