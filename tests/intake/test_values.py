"""What cells state is read alike in every spelling, becomes unknown if nothing can have it, and is flagged wherever no field has it."""

from __future__ import annotations

import itertools
import json
import unicodedata
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from api.loading.fixture_files import collection_folders
from api.loading.fixtures import read_collections
from api.sql.duckdb import quantities as sql
from api.sql.duckdb.cells import trimmed
from api.sql.duckdb.types import reading
from schema.codelists.vocabularies import MEASURE, QUANTIFIER, UNIT
from schema.formats import FORMATS
from schema.formats.maps import read_map
from schema.kinds import KINDS
from schema.kinds.figure import QUANTITIES
from schema.model.types import DATE, NUMBER

from ..support.ged_rows import geojson, row, table
from ..support.mapped_claims import Claims, claims
from ..support.spellings import BAD_SPELLINGS, GOOD_SPELLINGS, INSTANTS, WITH_TIME

IMPOSSIBLE = ["-99", "-2", "-1.0", "2.5", "12.7", "-0.5", "-9e1"]
POSSIBLE = ["0", "7", "12.0", "9e5", "-0"]
HXL = "#event+id,#date+occurred,#adm1+name,#affected+killed,#meta+source,#meta+url,#geo+lat,#geo+lon\n"


def taken_in(folder: Path, text: str | bytes, name: str = "a.csv", source: str = "s") -> Claims:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    (work := folder / "work").mkdir(exist_ok=True)
    return claims(path, work, source)


def hxl(folder: Path, *lines: str) -> Claims:
    return taken_in(folder, HXL + "".join(f"{line}\n" for line in lines))


# Every reader reads every spelling alike.


@pytest.fixture(scope="module")
def memory() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def test_files_read_every_spelling_as_fixtures_do(memory: duckdb.DuckDBPyConnection) -> None:
    for type, text, value in GOOD_SPELLINGS:
        read = reading(type, "t", strict=True)
        query = f"select {read.value}, {read.invalid or 'false'} from (select {trimmed('cell')} as t from (select ? as cell))"
        ((found, invalid),) = memory.execute(query, [text]).fetchall()
        assert not invalid, (type.name, text)
        assert type.many or found == value, (type.name, text)
    for type, text in BAD_SPELLINGS:
        if text:  # An empty cell is none.
            invalid = reading(type, "t", strict=True).invalid
            assert memory.execute(f"select {invalid} from (select trim(?) as t)", [text]).fetchall() == [(True,)], (type.name, text[:80])


@pytest.mark.sampled(2)
@pytest.mark.parametrize("text", WITH_TIME)
def test_a_time_is_rejected_in_own_tables_and_flagged_in_other_files(tmp_path: Path, memory: duckdb.DuckDBPyConnection, text: str) -> None:
    assert memory.execute(f"select {reading(DATE, 't', strict=True).invalid} from (select ? as t)", [text]).fetchall() == [(True,)]
    mapped = hxl(tmp_path, f"1,{text},North,5,,,,")
    assert mapped.intake.flags == {"time_of_day": 1} and mapped["event"][0]["started_on"] == "2024-11-27"
    assert json.loads(mapped["event"][0]["original"])["#date+occurred"] == text


@pytest.mark.sampled(1)
@pytest.mark.parametrize("text", INSTANTS)
def test_an_instant_that_states_no_day_is_rejected(tmp_path: Path, text: str) -> None:
    for found in (hxl(tmp_path, f"1,{text},North,5,,,,"), taken_in(tmp_path, table([{**row(1), "date_start": text}]))):
        assert f"{text!r}: is an instant, and on which day it was depends on the time zone" in str(found.intake.rejections[0])


def test_one_instant_is_one_day_in_every_container_or_rejected(tmp_path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    """As pandas writes days of Damascus: with their zone in CSV, in UTC in Parquet and JSON."""
    memory.execute("set TimeZone = 'UTC'")
    for instant, days in (
        ("2024-03-01 00:00:00+03:00", {"2024-03-01"}),
        ("2024-03-01 03:00:00+03:00", {"2024-03-01"}),
        ("2024-03-01 00:00:00+00:00", {"2024-03-01"}),
    ):
        memory.execute(
            f"copy (select '{instant}'::timestamptz as \"#date\", 3 as \"#affected+killed\") to '{tmp_path}/a.parquet' (format parquet)"
        )
        utc = memory.execute(f"select strftime('{instant}'::timestamptz, '%Y-%m-%dT%H:%M:%S.000Z')").fetchall()[0][0]
        texts: list[tuple[str | bytes, str]] = [
            (f"#date,#affected+killed\n{instant},3\n", "a.csv"), (json.dumps([{"#date": utc, "#affected+killed": 3}]), "a.json"),
            ((tmp_path / "a.parquet").read_bytes(), "b.parquet"),
        ]  # fmt: skip
        found = [taken_in(tmp_path, text, name) for text, name in texts]
        assert {event["started_on"] for one in found for event in one["event"]} == days
        assert all(len(one["event"]) + one.intake.problems == 1 for one in found)


@pytest.mark.parametrize("line_break", ["\r\n", "\r"])
def test_line_breaks_in_cells_are_one_spelling_and_stay_in_original(tmp_path: Path, line_break: str) -> None:
    names = ["North\nProvince", f"North{line_break}Province"]
    rows = [{"#event+id": name, "#date+occurred": "2024-03-01", "#adm1+name": name, "#affected+killed": n} for n, name in enumerate(names)]
    table = f'#event+id,#date+occurred,#adm1+name,#affected+killed\n2,2024-03-01,"{names[1]}",1\n'
    for found in (taken_in(tmp_path, json.dumps(rows), "a.json"), taken_in(tmp_path, table)):
        assert [place["name"] for place in found["location"]] == ["North\nProvince"] and found.intake.problems == 0
        assert names[1] in [json.loads(event["original"] or "{}").get("#adm1+name") for event in found["event"]]


WORDS = ["NA", "n/a", "<NA>", "#N/A", "NaN", "null", "NULL", "None", "\\N", "-", "--"]


@pytest.mark.parametrize("map_of_own", [False, True])
def test_words_that_software_writes_for_an_empty_cell_are_no_names(tmp_path: Path, map_of_own: bool) -> None:
    text = "name: a\ntitle: A\nsource: {id: a, license: unknown}\ncolumns: {Day: event.date, Town: place.name, Killed: killed.best}\n"
    format, _ = read_map(KINDS, "a.map.yaml", text + "figures: {killed: {measure: killed, unit: people, basis: flow}}\n")
    header = "Day,Town,Killed\n" if map_of_own else "#date,#loc+name,#affected+killed\n"
    rows = "".join(f"2024-01-{day:02},{word},{word if word != '#N/A' else ''}\n" for day, word in enumerate(WORDS, 1))
    (tmp_path / "a.csv").write_text(f"{header}{rows}2024-02-01,Null Point,1\n2024-02-02,Nana,2\n")
    found = claims(tmp_path / "a.csv", tmp_path, asked=(format or "") if map_of_own else "")
    assert sorted(place["name"] for place in found["location"]) == ["Nana", "Null Point"]
    assert (found.intake.problems, len(found["event"]), len(found["figure"])) == (0, len(WORDS) + 2, 2)
    kept = {json.loads(event["original"] or "{}").get("Town" if map_of_own else "#loc+name") for event in found["event"]}
    assert kept >= {*WORDS}


def test_namibia_stays_namibia(tmp_path: Path) -> None:
    for tag in ("#country+code", "#country+iso2", "#country+code+v_iso2"):
        found = taken_in(tmp_path, f"{tag},#loc+name,#date,#affected+killed\nNA,NA,2024-01-01,NA\nNE,Agadez,2024-01-02,1\n")
        assert sorted(str(event["country"]) for event in found["event"]) == ["NAM", "NER"] and len(found["location"]) == 1
    found = taken_in(tmp_path, "#country+code,#date,#affected+killed\nNA,2024-01-01,1\nNER,2024-01-02,1\n")
    assert [str(rejection) for rejection in found.intake.rejections] == [
        "a.csv, record 1, #country+code, 'NA': is Namibia among codes of two letters, and an empty cell elsewhere, and the column has codes of three letters: "
        "write NAM, or leave it empty"
    ]


# What is possible is one declaration.


def test_every_reader_agrees_on_what_is_possible(memory: duckdb.DuckDBPyConnection) -> None:
    """Over all measures, units and a few numbers: the rule of fixtures and that of files."""
    condition, number_read = sql.impossible(QUANTITIES, "n", "m", "u"), reading(NUMBER, "t").value
    rows = f"select {number_read} as n, * from (select unnest(?) as t, unnest(?) as m, unnest(?) as u)"
    query = f"select t, m, u, {condition} or {sql.wrong_unit(QUANTITIES, 'm', 'u')} from ({rows})"
    asked = list(itertools.product((*IMPOSSIBLE, *POSSIBLE), (None, *MEASURE.codes), (None, *UNIT.codes)))
    told = memory.execute(query, [list(column) for column in zip(*asked, strict=True)]).fetchall()
    assert [row[:3] for row in told] == asked
    for number, measure, unit, theirs in told:
        ours = bool(QUANTITIES.wrong_unit(measure, unit) or QUANTITIES.impossible(Decimal(number), measure, unit))
        assert theirs == ours, (number, measure, unit)


def test_every_reader_agrees_on_what_contradicts_a_quantifier(memory: duckdb.DuckDBPyConnection) -> None:
    names = ("low", "best", "high", "quantifier")
    query = f"select {sql.contradictory(QUANTITIES, {name: name for name in names})} from (select ?::varchar low, ?::varchar best, ?::varchar high, ?::varchar quantifier)"
    for quantifier in (None, *QUANTIFIER.codes):
        for values in [(low, best, high) for low in (None, "4", "5") for best in (None, "5") for high in (None, "5", "6")]:
            given = {**dict(zip(names, values, strict=False)), "quantifier": quantifier}
            ours = bool([*QUANTITIES.contradictions({name: value for name, value in given.items() if value is not None})])
            assert memory.execute(query, [*values, quantifier]).fetchall() == [(ours,)], given


def _count_files(number: str) -> dict[str, str]:
    """A file of each format with a column of counts, which has one count."""
    losses = {"date": "2024-01-02", "day": "1", "tank": "1", "APC": "1", "field artillery": "1", "MRL": number}
    daily = {"report_date": "2024-01-02", "report_source": "mohtel", "ext_killed_cum": "3", "ext_injured_cum": number}
    idmc = "id,iso3,displacement_type,qualifier,figure,displacement_start_date,displacement_end_date,event_name\n"
    return {
        "ucdp-ged": table([row(1, deaths_a=number)]), "hxl": f"{HXL}1,2024-03-01,North,{number},,,,\n",
        "idmc-idu": f"{idmc}1,IND,Conflict,total,{number},2024-01-01,2024-01-02,\n",
        "russian-equipment": json.dumps([losses]), "t4p-gaza": json.dumps([daily]),
    }  # fmt: skip


@pytest.mark.sampled(2)
@pytest.mark.parametrize("number", ["-2", "2.5"])
@pytest.mark.parametrize("format_name", _count_files(""))
def test_an_impossible_count_of_any_format_is_unknown_flagged_and_kept(tmp_path: Path, format_name: str, number: str) -> None:
    text = _count_files(number)[format_name]
    mapped = taken_in(tmp_path, text, "a.json" if text[0] == "[" else "a.csv")
    assert mapped.file.format.name == format_name
    assert (mapped.file.rejected, mapped.intake.flags) == (0, {"impossible_value": 1})
    numbers = [figure[bound] for figure in mapped["figure"] for bound in ("low", "best", "high")]
    assert number not in numbers
    assert number in "".join(claim["original"] or "" for kind in ("event", "figure") for claim in mapped[kind])


def test_every_format_with_counts_declares_what_keeps_its_records() -> None:
    """A value that no field has is lost unless some record of the format keeps the remainder."""
    for format in FORMATS:
        if not callable(format.records) and format.records and not any(record.source for record in format.records):
            assert any("original" in record.fields for record in format.records), format.name


@pytest.mark.sampled(1)
@pytest.mark.parametrize("number", ["-99", "-9999", " -99.0 "])
def test_a_sentinel_is_unknown_flagged_and_kept(tmp_path: Path, number: str) -> None:
    mapped = hxl(tmp_path, f"1,2024-03-01,North,{number},,,,", "2,2024-03-01,North,4,,,,")
    assert mapped.intake.flags == {"sentinel": 1}
    assert [figure["best"] for figure in mapped["figure"]] == ["4"]
    assert json.loads(mapped.by_id("event")["s-1"]["original"])["#affected+killed"] == number


@pytest.mark.sampled(1)
@pytest.mark.parametrize("number", ["9999", "99999", "999999", "9999999"])
def test_a_count_of_nines_that_nobody_declares_is_kept_and_flagged(tmp_path: Path, number: str) -> None:
    mapped = hxl(tmp_path, f"1,2024-03-01,North,{number},,,,")
    assert [figure["best"] for figure in mapped["figure"]] == [number]
    assert mapped.intake.flags == {"possible_sentinel": 1}


def test_a_fixture_with_an_impossible_number_is_rejected_by_file_record_field_and_cure(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    own = "id,source,event,measure,low,best,high,quantifier,unit\n"
    rows = [
        "a,s,e,killed,,-99,,,people",
        "b,s,e,killed,,2.5,,,people",
        "c,s,e,killed,,,6,more_than,people",
        "d,s,e,killed,,5,,,kilometres",
        "f,s,e,killed,4,,,exact,",
        "g,s,e,area_captured,,2.500,,,",
        "h,s,e,killed,,14.000,,,people",
        "i,s,e,killed,1.234,,,,",
    ]
    (tmp_path / "mine" / "figures.csv").write_text(own + "\n".join(rows) + "\n", "utf-8")
    problems = [str(problem) for problem in read_collections(KINDS, collection_folders(tmp_path / "mine"))[0].checked.problems]
    for start, words in [
        ("mine/figures.csv:2, best: figure a: is -99", "leave the field out if the number is unknown"), ("mine/figures.csv:3, best: figure b: is 2.5", "must be whole"),
        ("mine/figures.csv:4, high: figure c: contradicts the quantifier more_than", "`low` alone"), ("mine/figures.csv:5, unit: figure d: is kilometres", "use people"),
        ("mine/figures.csv:8, best: figure h: is 14.000", "write 14000, or 14 if it is a decimal point"), ("mine/figures.csv:9, low: figure i: is 1.234", "write 1234"),
        ("mine/figures.csv:6, quantifier: figure f: is exact", "no `best`"),
    ]:  # fmt: skip
        assert any(problem.startswith(start) and words in problem for problem in problems), (start, problems)
    assert not any("figures.csv:7" in problem and "best" in problem for problem in problems)


def test_an_own_table_with_an_impossible_number_is_rejected(tmp_path: Path) -> None:
    own = "id,source,event,measure,low,best,high,quantifier,unit\na,s,e,killed,,-99,,,people\nb,s,e,killed,,,6,more_than,people\nc,s,e,killed,,5,,,kilometres\nd,s,e,killed,,5.0,,,People\n"
    mapped = taken_in(tmp_path, own)
    assert [(rejection.record, rejection.field) for rejection in mapped.intake.rejections] == [
        ("id a", "best"),
        ("id b", "quantifier"),
        ("id c", "unit"),
    ]
    assert [(figure["best"], figure["unit"]) for figure in mapped["figure"]] == [("5", "people")]


# Nothing that is stated disappears.


def test_what_no_field_has_is_flagged_whatever_the_format(tmp_path: Path) -> None:
    mapped = hxl(
        tmp_path,
        "1,2024-03-01,North,5,,Tanker https://example.org,,",
        "2,2024-03-01,North,5,Wire,not an address,,",
        "3,2024-03-01,North,5,,,,14.5",
    )
    assert (mapped.file.rejected, mapped.intake.flags) == (0, {"not_kept": 3})
    assert sorted(message.partition(", ")[2] for message in mapped.intake.flag_messages) == [
        "record 1, #meta+url: Tanker https://example.org (not_kept)", "record 2, #meta+url: not an address (not_kept)", "record 3, #geo+lon: 14.5 (not_kept)",
    ]  # fmt: skip


def test_a_geometry_that_is_no_plain_point_is_flagged(tmp_path: Path) -> None:
    collection = json.loads(geojson([row(1), row(2), row(4)]))
    collection["features"][0]["geometry"]["coordinates"].append(300.5)
    collection["features"][1]["geometry"] = {"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [5, 6], [1, 2]]]}
    mapped = taken_in(tmp_path, json.dumps(collection), "a.geojson")
    assert (mapped.intake.flags, [place["latitude"] for place in mapped["location"] if place["kind"] == "area"].count(None)) == (
        {"not_kept": 2},
        1,
    )
    assert "300.5" in mapped.by_id("event")["ucdp-ged-1001"]["original"]


def test_original_keeps_cells_byte_for_byte(tmp_path: Path) -> None:
    cells = {
        "where_coordinates": "  Town\n",
        "adm_1": " ",
        "source_original": "an officer \n",
        "deaths_b": " 4",
        "latitude": "10.250",
        "region": "Africa  ",
        "dyad_name": "A - B ",
    }
    mapped = taken_in(tmp_path, table([row(4, **cells)]))
    (event,) = mapped["event"]
    kept = json.loads(event["original"])
    assert {name: kept[name] for name in cells} == cells
    assert (mapped.by_id("figure")["ucdp-ged-1004-side-b"]["best"], event["name"]) == ("4", "A - B")


# Equal spellings are one value.


def test_ids_of_a_data_frame_are_the_same_ids(tmp_path: Path) -> None:
    mapped = taken_in(
        tmp_path, table([row(1, id="900001.0", country_id="483.0", side_a_new_id="90.0", type_of_violence="2.0", where_prec="3.0")])
    )
    plain = taken_in(tmp_path, table([row(1, id="900001", where_prec="3")]))
    for kind in KINDS:
        assert [(claim["id"], claim.get("event")) for claim in mapped[kind]] == [(claim["id"], claim.get("event")) for claim in plain[kind]]
    assert [event["id"] for event in hxl(tmp_path, "900001.0,2024-03-01,North,5,,,,")["event"]] == ["s-900001"]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("id", ["abc", "12.5", "-3", "1e-2", "900001x"])
def test_an_id_that_is_none_of_the_format_is_rejected(tmp_path: Path, id: str) -> None:
    mapped = taken_in(tmp_path, table([row(1, id=id)]))
    assert any(
        f"'{id}': is no id of this format" in str(rejection) or "is no id" in rejection.reason for rejection in mapped.intake.rejections
    )


def test_null_words_stand_for_no_value_in_numbers_dates_and_texts(tmp_path: Path) -> None:
    cells = {"deaths_a": "NA", "best": "nan", "where_coordinates": "NA", "adm_1": "None", "deaths_unknown": "N/A"}
    mapped = taken_in(tmp_path, table([row(1, **cells)]))
    assert (mapped.file.rejected, mapped.intake.flags) == (0, {})
    assert {figure["id"] for figure in mapped["figure"]} == {f"ucdp-ged-1001-{ending}" for ending in ("side-b", "civilians", "total")}
    assert not {"NA", "None"} & {place["name"] for place in mapped["location"]}
    original = json.loads(mapped["event"][0]["original"])
    assert {name: original[name] for name in ("deaths_a", "where_coordinates")} == {"deaths_a": "NA", "where_coordinates": "NA"}


def test_dates_as_milliseconds_are_dates_where_a_publisher_writes_them(tmp_path: Path) -> None:
    person = {
        "casualty_id": "A-1",
        "mission_acronym": "UNTSO",
        "type_of_casualty": "Fatality",
        "casualty_personnel_type": "Military",
        "type_of_incident": "Accident",
    }
    days = {-678326400000: "1948-07-04", 0: "1970-01-01", 1709251200000: "2024-03-01"}
    records = [{**person, "casualty_id": f"A-{n}", "incident_date": milliseconds} for n, milliseconds in enumerate(days)]
    mapped = taken_in(tmp_path, json.dumps(records), "a.json")
    assert (mapped.intake.flags, [event["started_on"] for event in mapped["event"]]) == ({}, list(days.values()))
    (problem,) = taken_in(tmp_path, json.dumps([{**person, "incident_date": 1709296200000}]), "b.json").intake.rejections
    assert "2024-03-01 12:30:00Z': is an instant" in str(problem)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("text", ["20240301", "0000-01-01", "10000-01-01", "2024-03-01T24:00:00"])
def test_a_date_that_is_none_is_rejected_by_every_format(tmp_path: Path, text: str) -> None:
    for mapped in (hxl(tmp_path, f"1,{text},North,5,,,,"), taken_in(tmp_path, table([row(1, date_start=text)]))):
        assert mapped.file.rejected == 1 and text in str(mapped.intake.rejections[0])


def test_a_name_that_no_database_can_index_is_rejected_by_record_and_field(tmp_path: Path) -> None:
    mapped = hxl(tmp_path, f"1,2024-03-01,{'x' * 1_000_000},5,,,,")
    assert ("#adm1+name", "is too long: more than 100000 characters") in [
        (rejection.field, rejection.reason) for rejection in mapped.intake.rejections
    ]


SPELLED = "Tébessa, Côte d'Azur"
LOOKS_THE_SAME = [
    unicodedata.normalize("NFD", SPELLED),
    SPELLED.replace(" ", "\u00a0"),
    SPELLED.replace(" ", "  "),
    f"\ufeff{SPELLED}",
    SPELLED.replace("T", "T\u200b"),
]


def test_names_that_look_the_same_are_one_place_one_actor_and_one_event(tmp_path: Path) -> None:
    head = "#event+id,#loc+name,#group+name+first,#country+name,#date,#affected+killed\n"
    country = unicodedata.normalize("NFD", "Côte d’Ivoire")
    lines = [f'"{name}","{name}","{name}",{country},2024-03-01,{n}\n' for n, name in enumerate([SPELLED, *LOOKS_THE_SAME])]
    found = taken_in(tmp_path, head + "".join(lines))
    assert [{claim["id"] for claim in found[kind]}.__len__() for kind in ("location", "actor", "event")] == [1, 1, 1]
    assert {found["location"][0]["name"], found["actor"][0]["name"]} == {SPELLED} and found["location"][0]["country"] == "CIV"
    assert {json.loads(event["original"])["#loc+name"] for event in found["event"]} == {SPELLED, *LOOKS_THE_SAME}
    assert found.intake.flags["invisible_character"] >= len(LOOKS_THE_SAME) - 1 and len(found["figure"]) == len(lines)


def test_letters_that_a_joiner_shapes_are_another_name(tmp_path: Path) -> None:
    found = taken_in(tmp_path, "#loc+name,#date,#affected+killed\nخانه\u200cها,2024-03-01,1\nخانهها,2024-03-01,1\n")
    assert len(found["location"]) == 2 and found.intake.flags == {}
