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
from ..support.properties import NIGHTLY
from ..support.spellings import BAD_SPELLINGS, GOOD_SPELLINGS, INSTANTS, WITH_TIME

IMPOSSIBLE = ["-99", "-2", "-1.0", "2.5", "12.7", "-0.5", "-9e1"]
POSSIBLE = ["0", "7", "12.0", "9e5", "-0"]
SENTINELS = ["-99", "-9999", " -99.0 "]
NINES = ["9999", "99999", "999999", "9999999"]
NO_COUNTS = ["-2", "2.5"]
NO_DATES = ["infinity", "-infinity", "Epoch", "20240301", "0000-01-01", "10000-01-01", "2024-03-01T24:00:00"]
NO_IDS = ["abc", "12.50", "-3", "1e-2", "900001x"]  # A message has them as they are in the file.
HEADER = "#event+id,#date+occurred,#adm1+name,#affected+killed\n"
HXL = "#event+id,#date+occurred,#adm1+name,#affected+killed,#meta+source,#meta+url,#geo+lat,#geo+lon\n"


def taken_in(folder: Path, text: str | bytes, name: str = "a.csv", source: str = "s") -> Claims:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    (work := folder / "work").mkdir(exist_ok=True)
    return claims(path, work, source)


def hxl(folder: Path, *lines: str) -> Claims:
    return taken_in(folder, HXL + "".join(f"{line}\n" for line in lines))


# Rows with cells that are kept and flagged, by name; all are in one file.
ODD = {
    **{f"time {n}": f"t{n},{text},North,5,,,," for n, text in enumerate(WITH_TIME)},
    **{f"sentinel {n}": f"s{n},2024-03-01,North,{number},,,," for n, number in enumerate(SENTINELS)},
    **{f"nines {n}": f"n{n},2024-03-01,North,{number},,,," for n, number in enumerate(NINES)},
    **{f"impossible {n}": f"i{n},2024-03-01,North,{number},,,," for n, number in enumerate(NO_COUNTS)},
    "no address": "a1,2024-03-01,North,5,,Tanker https://example.org,,",
    "a source and no address": "a2,2024-03-01,North,5,Wire,not an address,,",
    "half a point": "a3,2024-03-01,North,5,,,,14.5",
    "nothing odd": "a4,2024-03-01,North,5,,,,",
    "an id of a data frame": "900001.0,2024-03-01,North,5,,,,",
}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Claims:
    found = hxl(tmp_path_factory.mktemp("odd"), *ODD.values())
    assert (found.file.read, found.intake.problems) == (len(ODD), 0)
    return found


def flags_of(found: Claims, record: int) -> list[str]:
    """What is flagged of a record: its column, the cell and the flag."""
    told = [message.partition(f"record {record}, ")[2] for message in found.intake.flag_messages]
    return [message for message in told if message]


def odd_row(found: Claims, name: str) -> tuple[list[str], str | None, str | None, dict[str, str]]:
    """Of a row of `ODD`: its flags, its day, its count, and its cells as they are kept."""
    event = found.by_id("event")[f"s-{ODD[name].partition(',')[0].removesuffix('.0')}"]
    (best,) = [figure["best"] for figure in found["figure"] if figure["event"] == event["id"]] or [None]
    return flags_of(found, [*ODD].index(name) + 1), event["started_on"], best, json.loads(event["original"] or "{}")


# Rows of GED, none of which is rejected; all are in one file.
BYTES = {
    "where_coordinates": "  Town\n", "adm_1": " ", "source_original": "an officer \n", "deaths_b": " 4", "latitude": "10.250", "region": "Africa  ",
    "dyad_name": "A - B ",
}  # fmt: skip
NULL_WORDS = {"deaths_a": "NA", "best": "nan", "where_coordinates": "NA", "adm_1": "None", "deaths_unknown": "N/A"}
OF_A_DATA_FRAME = {"id": "900001.0", "country_id": "483.0", "side_a_new_id": "90.0", "type_of_violence": "2.0", "where_prec": "3.0"}


@pytest.fixture(scope="module")
def ged(tmp_path_factory: pytest.TempPathFactory) -> Claims:
    rows = [row(4, **BYTES), row(1, **NULL_WORDS), row(1, **OF_A_DATA_FRAME), row(1, id="900002", where_prec="3")]
    found = taken_in(tmp_path_factory.mktemp("ged"), table(rows))
    assert (found.file.read, found.intake.problems) == (len(rows), 0)
    return found


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


@pytest.mark.parametrize("number", range(len(WITH_TIME)))
def test_a_time_is_rejected_in_own_tables_and_flagged_in_other_files(memory: duckdb.DuckDBPyConnection, odd: Claims, number: int) -> None:
    text = WITH_TIME[number]
    assert memory.execute(f"select {reading(DATE, 't', strict=True).invalid} from (select ? as t)", [text]).fetchall() == [(True,)]
    flags, day, _, kept = odd_row(odd, f"time {number}")
    assert [flag.rpartition(" ")[2] for flag in flags] == ["(time_of_day)"] and day == "2024-11-27"
    assert kept["#date+occurred"] == text


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What is rejected, by format. Each has one file: its rows have the wrong dates, and those of GED also the wrong ids."""
    dates = [*INSTANTS, *NO_DATES]
    tables = {
        "hxl": HXL + "".join(f"{n},{text},North,5,,,,\n" for n, text in enumerate(dates)) + f"a,2024-03-01,{'x' * 1_000_000},5,,,,\n",
        "ucdp-ged": table([*(row(n, date_start=text) for n, text in enumerate([*dates, "-7"])), *(row(1, id=id) for id in NO_IDS)]),
    }
    told = {}
    for name, text in tables.items():
        found = taken_in(tmp_path_factory.mktemp("wrong"), text)
        assert found.file.format.name == name and found.file.rejected == found.file.read and not found["event"]
        told[name] = [str(rejection) for rejection in found.intake.rejections]
    return told


@pytest.mark.parametrize("format_name", ["hxl", "ucdp-ged"])
@pytest.mark.parametrize("text", INSTANTS)
def test_an_instant_that_states_no_day_is_rejected(wrong: dict[str, list[str]], format_name: str, text: str) -> None:
    assert any(f"{text!r}: is an instant, and on which day it was depends on the time zone" in problem for problem in wrong[format_name])


def test_one_instant_is_one_day_in_every_container_or_rejected(tmp_path: Path, memory: duckdb.DuckDBPyConnection) -> None:
    """As pandas writes days of Damascus: with their zone in CSV, in UTC in Parquet and JSON. All are on one day; they differ in their counts."""
    memory.execute("set TimeZone = 'UTC'")
    instants = {"3": "2024-03-01 00:00:00+03:00", "4": "2024-03-01 03:00:00+03:00", "5": "2024-03-01 00:00:00+00:00"}
    values = ", ".join(f"('{instant}'::timestamptz, {killed})" for killed, instant in instants.items())
    memory.execute(f'copy (select * from (values {values}) t("#date", "#affected+killed")) to \'{tmp_path}/b.parquet\' (format parquet)')
    utc = {
        killed: memory.execute(f"select strftime('{instant}'::timestamptz, '%Y-%m-%dT%H:%M:%S.000Z')").fetchall()[0][0]
        for killed, instant in instants.items()
    }
    texts: list[tuple[str | bytes, str]] = [  # The first and the last by default.
        ("#date,#affected+killed\n" + "".join(f"{instant},{killed}\n" for killed, instant in instants.items()), "a.csv"),
        (json.dumps([{"#date": instant, "#affected+killed": int(killed)} for killed, instant in utc.items()]), "a.json"),
        ((tmp_path / "b.parquet").read_bytes(), "b.parquet"),
    ]  # fmt: skip
    read: dict[str, set[str | None]] = {killed: set() for killed in instants}
    for text, name in texts if NIGHTLY else texts[::2]:
        found = taken_in(tmp_path, text, name)
        assert len(found["event"]) + found.file.rejected == found.file.read == len(instants), name
        for figure in found["figure"]:
            read[str(figure["best"])].add(found.by_id("event")[str(figure["event"])]["started_on"])
    assert read == {killed: {"2024-03-01"} for killed in instants}


def test_line_breaks_in_cells_are_one_spelling_and_stay_in_original(tmp_path: Path) -> None:
    names = ["North\nProvince", "North\r\nProvince", "North\rProvince"]
    rows = [{"#event+id": name, "#date+occurred": "2024-03-01", "#adm1+name": name, "#affected+killed": n} for n, name in enumerate(names)]
    lines = "".join(f'{n},2024-03-01,"{name}",1\n' for n, name in enumerate(names[1:], 2))
    for text, name in ((json.dumps(rows), "a.json"), (HEADER + lines, "a.csv"))[: 2 if NIGHTLY else 1]:
        found = taken_in(tmp_path, text, name)
        assert [place["name"] for place in found["location"]] == ["North\nProvince"] and found.intake.problems == 0
        assert {*names[1:]} <= {json.loads(event["original"] or "{}").get("#adm1+name") for event in found["event"]}


WORDS = ["NA", "n/a", "<NA>", "#N/A", "NaN", "null", "NULL", "None", "\\N", "-", "--"]


@pytest.mark.parametrize("map_of_own", [False, pytest.param(True, marks=pytest.mark.nightly)])
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


@pytest.mark.sampled(1)
@pytest.mark.parametrize("tag", ["#country+code", "#country+iso2", "#country+code+v_iso2"])
def test_namibia_stays_namibia(tmp_path: Path, tag: str) -> None:
    found = taken_in(tmp_path, f"{tag},#loc+name,#date,#affected+killed\nNA,NA,2024-01-01,NA\nNE,Agadez,2024-01-02,1\n")
    assert sorted(str(event["country"]) for event in found["event"]) == ["NAM", "NER"] and len(found["location"]) == 1


@pytest.mark.parametrize(("tag", "other"), [("#country+code", "NER"), pytest.param("#country", "Niger", marks=pytest.mark.nightly)])
def test_two_letters_for_namibia_among_other_codes_or_names_are_rejected(tmp_path: Path, tag: str, other: str) -> None:
    found = taken_in(tmp_path, f"{tag},#date,#affected+killed\nNA,2024-01-01,1\n{other},2024-01-02,1\n")
    assert [str(rejection) for rejection in found.intake.rejections] == [
        f"a.csv, record 1, {tag}, 'NA': is Namibia among codes of two letters, and an empty cell elsewhere, and the column has other codes or names: "
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
        "ucdp-ged": table([row(1, deaths_a=number)]), "idmc-idu": f"{idmc}1,IND,Conflict,total,{number},2024-01-01,2024-01-02,\n",
        "russian-equipment": json.dumps([losses]), "t4p-gaza": json.dumps([daily]),
    }  # fmt: skip


@pytest.mark.parametrize("number", range(len(NO_COUNTS)))
def test_an_impossible_count_of_a_table_with_tags_is_unknown_flagged_and_kept(odd: Claims, number: int) -> None:
    flags, _, best, kept = odd_row(odd, f"impossible {number}")
    assert (flags, best) == ([f"#affected+killed: {NO_COUNTS[number]} (impossible_value)"], None)
    assert kept["#affected+killed"] == NO_COUNTS[number]


@pytest.mark.nightly
@pytest.mark.sampled(1)
@pytest.mark.parametrize("number", NO_COUNTS)
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


@pytest.mark.parametrize("number", range(len(SENTINELS)))
def test_a_sentinel_is_unknown_flagged_and_kept(odd: Claims, number: int) -> None:
    flags, _, best, kept = odd_row(odd, f"sentinel {number}")
    assert ([flag.rpartition(" ")[2] for flag in flags], best) == (["(sentinel)"], None)
    assert kept["#affected+killed"] == SENTINELS[number]


@pytest.mark.parametrize("number", range(len(NINES)))
def test_a_count_of_nines_that_nobody_declares_is_kept_and_flagged(odd: Claims, number: int) -> None:
    flags, _, best, _ = odd_row(odd, f"nines {number}")
    assert ([flag.rpartition(" ")[2] for flag in flags], best) == (["(possible_sentinel)"], NINES[number])


def test_a_row_with_nothing_odd_is_not_flagged(odd: Claims) -> None:
    assert odd_row(odd, "nothing odd")[:3] == ([], "2024-03-01", "5")
    numbers = {
        "time_of_day": len(WITH_TIME),
        "sentinel": len(SENTINELS),
        "possible_sentinel": len(NINES),
        "impossible_value": len(NO_COUNTS),
    }
    assert odd.intake.flags == {**numbers, "not_kept": 3}


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


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("no address", "#meta+url: Tanker https://example.org (not_kept)"), ("a source and no address", "#meta+url: not an address (not_kept)"),
        ("half a point", "#geo+lon: 14.5 (not_kept)"),
    ],
)  # fmt: skip
def test_what_no_field_has_is_flagged_whatever_the_format(odd: Claims, name: str, told: str) -> None:
    assert odd_row(odd, name)[0] == [told]


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


def test_original_keeps_cells_byte_for_byte(ged: Claims) -> None:
    event = ged.by_id("event")["ucdp-ged-1004"]
    kept = json.loads(str(event["original"]))
    assert {name: kept[name] for name in BYTES} == BYTES
    assert (ged.by_id("figure")["ucdp-ged-1004-side-b"]["best"], event["name"]) == ("4", "A - B")


# Equal spellings are one value.


def test_ids_of_a_data_frame_are_the_same_ids(ged: Claims, odd: Claims) -> None:
    claimed = {(kind, claim["id"], claim.get("event")) for kind in KINDS for claim in ged[kind]}
    spelled, plain = ({claim for claim in claimed if id in f"{claim[1]} {claim[2]}"} for id in ("900001", "900002"))
    assert len(plain) > 5 and plain == {
        (kind, id.replace("900001", "900002"), event and event.replace("900001", "900002")) for kind, id, event in spelled
    }
    assert {claim["id"] for claim in ged["actor"]} == {"ucdp-actor-90", "ucdp-actor-80"}
    assert not [claim for claim in claimed if ".0" in f"{claim[1]} {claim[2]}"]
    assert "s-900001" in odd.by_id("event")


@pytest.mark.parametrize("id", NO_IDS)
def test_an_id_that_is_none_of_the_format_is_rejected(wrong: dict[str, list[str]], id: str) -> None:
    assert any(f"{id!r}: is no id of this format" in problem for problem in wrong["ucdp-ged"])


def test_null_words_stand_for_no_value_in_numbers_dates_and_texts(ged: Claims) -> None:
    assert flags_of(ged, 2) == []
    figures = {figure["id"] for figure in ged["figure"] if figure["event"] == "ucdp-ged-1001"}
    assert figures == {f"ucdp-ged-1001-{ending}" for ending in ("side-b", "civilians", "total")}
    assert not {"NA", "None"} & {place["name"] for place in ged["location"]}
    original = json.loads(str(ged.by_id("event")["ucdp-ged-1001"]["original"]))
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
    numbers = [*days, 1709296200000]
    records = [{**person, "casualty_id": f"A-{n}", "incident_date": milliseconds} for n, milliseconds in enumerate(numbers)]
    mapped = taken_in(tmp_path, json.dumps(records), "a.json")
    assert (mapped.intake.flags, [event["started_on"] for event in mapped["event"]]) == ({}, list(days.values()))
    (problem,) = mapped.intake.rejections
    assert "1709296200000': is an instant" in str(problem)


def test_a_rejection_has_the_cell_as_the_file_has_it(wrong: dict[str, list[str]]) -> None:
    """-7 milliseconds before 1970 are an instant, whose spelling is not in the file."""
    assert any("date_start, '-7': is an instant" in problem for problem in wrong["ucdp-ged"])


def test_a_rejection_names_the_column_that_has_the_value(tmp_path: Path) -> None:
    """Of several, of which the first known one counts."""
    found = taken_in(tmp_path, "#date+occurred,#date+reported,#affected+killed\n,soon,1\nlate,2024-03-01,1\n2024-03-01,,2\n")
    assert [(rejection.field, rejection.value) for rejection in found.intake.rejections] == [
        ("#date+reported", "soon"),
        ("#date+occurred", "late"),
    ]


@pytest.mark.parametrize("format_name", ["hxl", "ucdp-ged"])
@pytest.mark.parametrize("text", NO_DATES)
def test_a_date_that_is_none_is_rejected_by_every_format(wrong: dict[str, list[str]], format_name: str, text: str) -> None:
    assert any(text in problem for problem in wrong[format_name])


def test_a_name_that_no_database_can_index_is_rejected_by_record_and_field(wrong: dict[str, list[str]]) -> None:
    (problem,) = (problem for problem in wrong["hxl"] if "is too long: more than 100000 characters" in problem)
    assert f"#adm1+name, '{'x' * 80}': is too long" in problem  # Once, although the name of the event is made of it too.


SPELLED = "Tébessa, Côte d'Azur"
LOOKS_THE_SAME = [
    unicodedata.normalize("NFD", SPELLED),
    SPELLED.replace(" ", "\u00a0"),
    SPELLED.replace(" ", "  "),
    f"\ufeff{SPELLED}",
    SPELLED.replace("T", "T\u200b"),
]
JOINED = ["خانه\u200cها", "خانهها"]


def test_names_that_look_the_same_are_one_place_one_actor_and_one_event(tmp_path: Path) -> None:
    head = "#event+id,#loc+name,#group+name+first,#country+name,#date,#affected+killed\n"
    country = unicodedata.normalize("NFD", "Côte d’Ivoire")
    names = [SPELLED, *LOOKS_THE_SAME, *JOINED]
    lines = [f'"{name}","{name}","{name}",{country},2024-03-01,{n}\n' for n, name in enumerate(names)]
    found = taken_in(tmp_path, head + "".join(lines))
    assert [{claim["id"] for claim in found[kind]}.__len__() for kind in ("location", "actor", "event")] == [1 + len(JOINED)] * 3
    for kind in ("location", "actor"):
        assert {claim["name"] for claim in found[kind]} == {SPELLED, *JOINED}
    assert {event["country"] for event in found["event"]} == {"CIV"}
    assert {json.loads(str(event["original"]))["#loc+name"] for event in found["event"]} == {*names}
    told = [[flag for flag in flags_of(found, number) if "invisible_character" in flag] for number in range(1, len(names) + 1)]
    assert sum(map(bool, told)) >= len(LOOKS_THE_SAME) - 1 and len(found["figure"]) == len(lines)
    # A joiner that shapes letters makes another name, and is not flagged.
    assert told[-len(JOINED) :] == [[]] * len(JOINED)
