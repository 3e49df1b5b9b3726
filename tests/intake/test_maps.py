"""Maps of tables: each map in fixtures/maps gives exactly the expected claims, and a wrong map is refused by line and key."""

from __future__ import annotations

import csv
import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from openpyxl import Workbook

from api.errors import LoadRefused
from api.intake.draft_map import draft_map
from api.loading.files import LoadOptions, load_files
from api.loading.verify import verify
from schema.formats.maps import MapFormat, read_map
from schema.kinds import KINDS

from ..conftest import ROOT, Instance
from ..support.map_files import FOLDER, MAPS, format_of, rows_of
from ..support.mapped_claims import Claims, claims
from ..support.properties import NIGHTLY, cases

SCHEMA = json.loads((ROOT / "fixtures" / "map.schema.json").read_text("utf-8"))

# By map: the days of its events, in the order of their ids; and its figures: measure, population, low, best, high, basis.
EVENTS: dict[str, list[tuple[str, str | None, str | None, str | None, str | None]]] = {
    "plain-list": [
        ("attack_on_civilians", "SYR", "2024-01-01", "2024-12-31", "5"), ("attack_on_civilians", "SYR", "2024-03-01", "2024-03-01", None),
        ("attack_on_civilians", "SYR", "2024-03-02", "2024-03-02", None), ("attack_on_civilians", "SYR", "2024-04-01", "2024-04-30", "4"),
    ],
    "hdx-hapi-conflict-events": [
        ("attack_on_civilians", "SYR", "2024-03-01", "2024-03-31", None), ("other", "SYR", "2024-03-01", "2024-03-31", None),
        ("other", "SYR", "2024-03-01", "2024-03-31", None), ("protest", "SYR", "2024-03-01", "2024-03-31", None),
    ],
    "insecurity-insight-health": [("other", "SDN", f"2024-03-0{day}", f"2024-03-0{day}", None) for day in (1, 5, 9)],
    "bellingcat-civilian-harm": [("attack_on_civilians", "UKR", f"2022-03-0{day}", f"2022-03-0{day}", None) for day in (1, 2)],
    "ucdp-country-year": [
        ("other", "SDN", "2024-01-01", "2024-12-31", "5"), ("other", "SYR", "2023-01-01", "2023-12-31", "5"), ("other", "SYR", "2024-01-01", "2024-12-31", "5"),
    ],
    "btselem-fatalities": [
        ("other", None, "2020-05-01", "2020-05-01", None), ("other", None, "2020-05-01", "2020-05-01", None), ("other", None, "2020-06-11", "2020-06-11", None),
    ],
    "airwars-incidents": [
        ("air_strike", "SYR", "2017-03-01", "2017-03-01", None), ("other", "IRQ", "2017-03-04", "2017-03-04", None),
        ("shelling", "SYR", "2017-03-02", "2017-03-02", None),
    ],
    "gdelt-1": [(kind, None, f"2024-03-0{day}", f"2024-03-0{day}", None) for kind, day in (("battle", 1), ("other", 3), ("protest", 2))],
    "gdelt-2": [(kind, None, f"2024-03-0{day}", f"2024-03-0{day}", None) for kind, day in (("battle", 1), ("other", 3), ("protest", 2))],
    "cow-mid": [
        ("other", None, "1902-05-07", "1903-01-15", None), ("other", None, "1913-05-01", "1913-10-26", "4"), ("other", None, "1946-03-25", "1946-03-25", None),
        ("war", None, "1950-09-01", "1951-09-03", None),
    ],
    "iom-dtm": [("displacement", "SDN", None, None, None)],
}  # fmt: skip
FIGURES: dict[str, list[tuple[str, str | None, str | None, str | None, str | None, str]]] = {
    "plain-list": [("killed", "all", None, "3", None, "flow"), ("killed", "all", None, "5", None, "flow")],
    "hdx-hapi-conflict-events": [("killed", "all", None, "0", None, "flow"), ("killed", "all", None, "7", None, "flow")],
    "insecurity-insight-health": [
        *[("buildings_damaged", None, None, count, None, "flow") for count in "001"],
        *[("buildings_destroyed", None, None, count, None, "flow") for count in "001"],
        *[("detained", "medical", None, count, None, "flow") for count in "001"], *[("injured", "medical", None, count, None, "flow") for count in "003"],
        *[("killed", "medical", None, count, None, "flow") for count in "002"],
    ],
    "bellingcat-civilian-harm": [],
    "ucdp-country-year": [("killed", "all", None, count, None, "flow") for count in ("0", "100", "200")],
    "btselem-fatalities": [("killed", "females", None, "1", None, "flow"), *[("killed", "males", None, "1", None, "flow")] * 2],
    "airwars-incidents": [
        ("injured", "civilians", "0", None, "10", "flow"), ("injured", "civilians", "1", None, "1", "flow"), ("killed", "children", "0", None, "0", "flow"),
        ("killed", "children", "1", None, "2", "flow"), ("killed", "civilians", "0", None, "3", "flow"), ("killed", "civilians", "2", None, "2", "flow"),
        ("killed", "civilians", "4", None, "7", "flow"),
    ],
    "gdelt-1": [], "gdelt-2": [],
    "cow-mid": [
        ("killed", "combatants", "0", None, "0", "flow"), ("killed", "combatants", "1000", None, None, "flow"), ("killed", "combatants", "101", None, "250", "flow"),
    ],
    "iom-dtm": [("displaced", "all", None, count, None, "stock") for count in ("200", "200", "300", "400", "500", "500", "600")],
}  # fmt: skip
# The totals of each map's source: by measure, the low, best and high number. Levels, later rounds and parts are not added to each other.
TOTALS: dict[str, dict[str, tuple[float | None, float | None, float | None]]] = {
    "plain-list": {"killed": (None, 8, None)}, "hdx-hapi-conflict-events": {"killed": (None, 7, None)},
    "insecurity-insight-health": {
        "killed": (None, 2, None), "injured": (None, 3, None), "detained": (None, 1, None), "buildings_damaged": (None, 1, None),
        "buildings_destroyed": (None, 1, None),
    },
    "ucdp-country-year": {"killed": (None, 300, None)}, "btselem-fatalities": {"killed": (None, 3, None)},
    "airwars-incidents": {"killed": (6, None, 14), "injured": (1, None, 11)}, "cow-mid": {"killed": (1101, None, None)},
    "iom-dtm": {"displaced": (None, 600, None)},
}  # fmt: skip


@cache
def taken(name: str) -> Claims:
    """The claims of a map's example; read once for all tests."""
    format = format_of(name)
    with tempfile.TemporaryDirectory() as folder:
        return claims(rows_of(name), Path(folder), format.default_source, format, same_rows="keep")


def test_every_map_has_its_expectation() -> None:
    assert set(MAPS) == set(EVENTS) == set(FIGURES) and set(TOTALS) < set(MAPS)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", MAPS)
def test_a_map_gives_exactly_the_expected_claims(name: str) -> None:
    found = taken(name)
    assert found.intake.problems == 0, found.intake.rejections
    events = [tuple(one[field] for field in ("kind", "country", "started_on", "ended_on", "date_precision")) for one in found["event"]]
    assert sorted(events, key=str) == sorted(EVENTS[name], key=str)
    figures = [tuple(one[field] for field in ("measure", "population", "low", "best", "high", "basis")) for one in found["figure"]]
    assert sorted(figures, key=str) == sorted(FIGURES[name], key=str)
    assert all(one["source"] == one["collection"] == format_of(name).default_source for kind in found.tables for one in found[kind])


@pytest.mark.parametrize("name", MAPS)
def test_a_map_is_short_names_where_its_columns_were_read_and_fits_the_schema(name: str) -> None:
    text = MAPS[name].read_text("utf-8")
    assert len(text.splitlines()) <= 30 and text.startswith("# yaml-language-server: $schema=../map.schema.json\n")
    document = yaml.safe_load(text)
    assert document["name"] == name and len(document["note"]) > 20
    jsonschema.Draft7Validator(SCHEMA).validate(document)


@pytest.mark.parametrize("name", cases(MAPS, ["btselem-fatalities"]))
def test_every_value_that_no_field_has_stays_in_original(name: str) -> None:
    """Except in columns that the map drops, such as the names of victims."""
    found, format = taken(name), format_of(name)
    kept = [json.loads(one["original"]) for kind in ("event", "figure") for one in found[kind] if one["original"]]
    assert kept and all(not set(record) & set(format.unstored) for record in kept)
    for column in set(found.file.columns) - set(format.unstored):
        fields = [field for field in found.file.fields_of.get(column, ()) if field != "original"]
        assert fields or any(column in record for record in kept) or not _has_values(rows_of(name), column), column


def _has_values(path: Path, column: str) -> bool:
    if path.suffix != ".csv":
        return path.suffix == ".json"
    with path.open(encoding="utf-8") as file:
        return any(row[column].strip() and not row[column].startswith("#") for row in csv.DictReader(file))


def test_names_of_victims_are_stored_nowhere() -> None:
    found = taken("btselem-fatalities")
    said = json.dumps(found.tables)
    assert "(not given)" not in said and "An invented note" not in said and "Second village" in said  # The last is a place of an event too.


@pytest.mark.nightly
async def test_totals_of_all_maps_count_nobody_twice(instance: Instance) -> None:
    for name in TOTALS:
        options = LoadOptions(map=format_of(name), private=True, same_rows="keep")
        assert (await load_files(KINDS, instance.url, [rows_of(name)], options)).revision, name
    again = await load_files(
        KINDS, instance.url, [rows_of("plain-list")], LoadOptions(map=format_of("plain-list"), private=True, same_rows="keep")
    )
    assert again.revision is None
    await instance.hear(len(TOTALS))
    for name, expected in TOTALS.items():
        ids = [row["id"] for row in await instance.rows("select id from event where id like $1 || '-%'", format_of(name).default_source)]
        response = await instance.client.get("/v1/figures/totals", params={"by": "measure", "event.one_of": ",".join(ids)})
        rows = response.json().get("data", [response.text])
        assert rows and not isinstance(rows[0], str), rows
        assert {row["measure"]: (row["low"], row["best"], row["high"]) for row in rows} == expected, (name, rows)
    assert [proof.name async for proof in verify(KINDS, instance.url) if proof.contradictions] == []


# What is wrong with a map

PLAIN = (FOLDER / "plain-list.map.yaml").read_text("utf-8")
WRONG = {
    "colums:": ("columns:", "colums:", "a.yaml:9, colums: is not a key of a map; did you mean columns"),
    "an unknown field": ("event.date", "event.dat", "a.yaml:10, 'Date': cannot become 'event.dat': that is not a field or an HXL tag; did you mean event.date"),
    "an unknown code": ("measure: killed", "measure: slain", "a.yaml:16, measure: 'slain' is not in the vocabulary measure"),
    "a figure without a number": ("Killed: killed.best", "Killed: original", "a.yaml:16, killed: has no number: let a column become killed.best"),
    "no title": ("title: A plain list of incidents\n", "", "title: is missing"),
    "a wrong date pattern": ('["%d/%m/%Y"]', "[dd/mm/yyyy]", "dates: 'dd/mm/yyyy' is not a pattern; write, for example, '%d/%m/%Y'"),
    "a bare percent sign": ('["%d/%m/%Y"]', "[%d/%m/%Y]", "a.yaml:6: is not valid YAML"),
    "a key twice": ("  Town: place.name", "  Town: place.name\n  Town: original", "a.yaml:12, 'Town': is given twice"),
    "two columns for one field": ("  Town: place.name", "  Town: place.name\n  City: place.name", "is the second column that becomes place.name"),
    "not a mapping": (PLAIN, "- a\n", "a.yaml:1: must be a map"),
    "a wrong key of a column": ("Date: event.date", "Date: {too: event.date}", "too: is not a key of what a column becomes; did you mean to"),
    "codes that are not ours": ("Town: place.name", "Type: {to: event.kind, codes: {X: strike}}", "'X': 'strike' is not in the vocabulary event_kind"),
    "a wrong value of the source": ("redistributable: true", "redistributable: maybe", "redistributable: must be true or false"),
    "thousands": ("Killed: killed.best", "'Killed (000s)': killed.best", "'Killed (000s)': counts thousands, by its name: add `times: 1000`"),
    "running totals": (
        "basis: flow", "basis: cumulative",
        "a.yaml:16, killed: is a running total, and each row is an event of its own, so totals would add all rows up: let the column that names its series",
    ),
    "stocks": ("basis: flow", "basis: stock", "and the day killed.period_end; if rows are about several places, add `place: {of: figures}`"),
    "tags of stocks": ("Killed: killed.best", "Killed: killed.best\n  Day: '#date'\n  IDPs: '#affected+idps+stock'", "a.yaml:10, columns: has #affected+idps+stock, a number present on a day"),
    "a share": ("Killed: killed.best", "killedPct: killed.best", "'killedPct': is a share, a rate or an average"),
    "times of a name": ("Town: place.name", "Town: {to: place.name, times: 10}", "times: must be a whole number such as 1000, of a column that becomes"),
    "no rows of header": ("columns:", "header_rows: 0\ncolumns:", "header_rows: must be a whole number from 1 to 4"),
    "half of a wide table": ("columns:", "wide: {columns: a, names: b}\ncolumns:", "wide: must have `columns`, and two different names"),
    "code": ("Killed: killed.best", "Killed: !!python/object/apply:os.system [ls]", "'Killed': cannot become 'ls'"),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_map_is_refused_by_line_and_key(fault: str) -> None:
    right, wrong, message = WRONG[fault]
    assert right in PLAIN
    format, problems = read_map(KINDS, "a.yaml", PLAIN.replace(right, wrong, 1))
    assert format is None and any(message in str(problem) for problem in problems), [*map(str, problems)]


def test_a_basis_that_a_column_says_may_be_a_running_total_unless_its_codes_say_otherwise() -> None:
    said = PLAIN.replace(", basis: flow}", "}").replace("event: {", "  Basis: {to: killed.basis, codes: CODES}\nevent: {")
    _, problems = read_map(KINDS, "a.yaml", said.replace("CODES", "{now: stock, new: flow}"))
    assert ["killed: is a number present on a day" in str(problem) for problem in problems] == [True]
    assert read_map(KINDS, "a.yaml", said.replace("CODES", "{new: flow}"))[1] == []
    shared = PLAIN.replace("basis: flow", "basis: cumulative").replace("event: {", "event: {id: list, ")
    assert read_map(KINDS, "a.yaml", shared)[1] == []


def mapped(text: str) -> MapFormat:
    format, problems = read_map(KINDS, "a.yaml", text)
    assert format is not None, [*map(str, problems)]
    return format


def read(text: str, rows: str, folder: Path, **options: Any) -> Claims:
    (folder / "rows.csv").write_text(rows, "utf-8")
    return claims(folder / "rows.csv", folder, "a-source", mapped(text), **options)


def test_an_invalid_cell_is_rejected_by_column_with_the_patterns_that_the_map_gives(tmp_path: Path) -> None:
    found = read(PLAIN, "Date,Town,Killed\n2024/03/01,A,1\n01/03/2024,B,many\n31/02/2024,C,1\n", tmp_path)
    told = [str(one) for one in found.intake.rejections]
    assert any("Date, '2024/03/01': must be a date such as 2024-11-27, or be written as %d/%m/%Y" in one for one in told), told
    assert any("Killed, 'many': must be a" in one for one in told) and any("'31/02/2024'" in one for one in told)


SHAPES: dict[str, tuple[str, str, list[tuple[str, str]]]] = {
    "wide": (
        'wide: {columns: "20??", names: Year, values: N}\ncolumns: {Land: event.country, Year: event.date, N: killed.best}',
        "Land,2023,Note,2024\nSYR,3,n,4\nIRQ,,,0\nTotal,3,,4\n", [("2023-12-31", "3"), ("2024-12-31", "0"), ("2024-12-31", "4")],
    ),
    "two rows of header": (
        "header_rows: 2\ncolumns: {Date: event.date, Deaths Men: killed.best}",
        "A title,,,\nDate,Deaths,,Note\n,Women,Men,\n2024-03-01,1,2,5\n", [("2024-03-01", "2")],
    ),
    "thousands": (
        "columns: {Date: event.date, Killed ('000): {to: killed.best, times: 1000}}",
        "Date,Killed ('000)\n2024-03-01,1.5\n2024-03-02,\n2024-03-03,12\n", [("2024-03-01", "1500"), ("2024-03-03", "12000")],
    ),
    "other letters and spaces": (
        "columns: {Date: event.date, Number killed: killed.best, Name: drop}",
        'DATE,"number\nKILLED", name\n2024-03-01,3,Secret\n', [("2024-03-01", "3")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", cases(SHAPES, ["thousands", "other letters and spaces"]))
def test_tables_of_other_shapes_are_read(name: str, tmp_path: Path) -> None:
    shape, rows, figures = SHAPES[name]
    text = f"name: a\ntitle: A\n{shape}\nfigures: {{killed: {{measure: killed, unit: people, basis: flow}}}}\n"
    found = read(text, rows, tmp_path)
    assert sorted((str(one["period_end"]), str(one["best"])) for one in found["figure"]) == figures and not found.intake.problems
    assert "Secret" not in json.dumps(found.tables)


def test_columns_may_be_called_as_our_own_statements_call_theirs(tmp_path: Path) -> None:
    names = [
        "n",
        "N2",
        "raw",
        "cell",
        "item",
        "Record",
        "whole",
        "untouched",
        "kept_1",
        "raw_1",
        "nth_0",
        "id_",
        "p",
        "f",
        "base",
        "cells",
        "entry",
        "label",
    ]
    columns = "".join(f"  {name}: f{number}.best\n" for number, name in enumerate(names))
    figures = "".join(f"  f{number}: {{measure: killed, unit: people}}\n" for number, name in enumerate(names))
    rows = f"day,{','.join(names)}\n2024-03-01,{','.join(f' {number}.0 ' for number in range(len(names)))}\n"
    found = read(f"name: a\ntitle: A\ncolumns:\n  day: event.date\n{columns}figures:\n{figures}", rows, tmp_path)
    assert {one["id"].rpartition("-")[2]: one["best"] for one in found["figure"]} == {
        f"f{number}": str(number) for number in range(len(names))
    }


def test_cells_of_a_wide_table_are_named_by_row_and_column(tmp_path: Path) -> None:
    text = SHAPES["wide"][0] + "\nfigures: {killed: {measure: killed, unit: people, basis: flow}}\n"
    found = read(f"name: a\ntitle: A\n{text}", "Land,2023,2024\nSYR,3,x\nSYR,-1,\n", tmp_path)
    assert [(one.record, one.value) for one in found.intake.rejections] == [("record 1, column 3", "x")]
    assert any("record 2, column 2, N: -1 (impossible_value)" in one for one in found.intake.flag_messages)


@pytest.mark.parametrize(("header", "told"), [("Date,Town,Kiled", "did you mean Kiled"), (",Deaths,\nDate,Town,Killed", "header_rows: 2")])
def test_what_a_file_lacks_of_a_map_has_a_cure(header: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(LoadRefused, match=told):
        read(PLAIN.replace("Killed:", "Deaths Killed:") if "Deaths" in header else PLAIN, f"{header}\n01/03/2024,A,1\n", tmp_path)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("header", ["Date,Town\u200b,\ufeffKilled\u200e", "#date,#loc+name\u200b,\u200e#affected+killed"])
def test_what_is_not_seen_in_a_name_of_a_column_is_no_part_of_it(header: str, tmp_path: Path) -> None:
    """As copied from web pages and from texts in Arabic, with marks of direction."""
    (tmp_path / "a.csv").write_text(f"{header}\n2024-03-01,A,3\n", "utf-8")
    text = "name: m\ntitle: M\nsource: {id: s}\ncolumns: {Date: event.date, Town: place.name, Killed: k.best}\nfigures: {k: {measure: killed, unit: people, basis: flow}}\n"
    map = read_map(KINDS, "m.yaml", text)[0] if "Date" in header else ""
    assert map is not None
    found = claims(tmp_path / "a.csv", tmp_path, "s", map)
    assert [figure["best"] for figure in found["figure"]] == ["3"]


def test_a_title_above_the_header_and_a_row_of_tags_below_it_are_no_records(tmp_path: Path) -> None:
    found = read(PLAIN, "Incidents,,\nDate,Town,Killed\n#date,#loc,#affected+killed\n01/03/2024,A,1\n", tmp_path)
    assert (found.file.read, [one["best"] for one in found["figure"]]) == (1, ["1"])


@pytest.mark.nightly
@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    "table",
    [
        "Incidents in Mali, 2024\nMade: 2024|05\n\nDate;Town;Killed\n01/03/2024;A;1\n",
        "Incidents; all\nDate\tTown\tKilled\n01/03/2024\tA\t1\n",
    ],
)
def test_titles_with_other_delimiters_than_the_table_are_told_and_not_read(table: str, tmp_path: Path) -> None:
    found = read(PLAIN, table, tmp_path)
    assert (found.file.read, [one["best"] for one in found["figure"]]) == (1, ["1"])
    assert found.file.warnings[0].startswith("not read: what stands above the header: Incidents")
    draft = draft_map(tmp_path / "rows.csv")
    assert all(f"\n  {line}" in draft for line in ("Date: event.date", "Town: place.name", "Killed: killed.best"))


def test_a_merged_title_of_a_workbook_is_no_header(tmp_path: Path) -> None:
    (book := Workbook()).active.append(["Incidents in Mali"])
    for row in (["Source: Example"], ["Date", "Town", "Killed"], ["01/03/2024", "A", 1]):
        book.active.append(row)
    for area in ("A1:C1", "A2:C2"):
        book.active.merge_cells(area)
    book.save(path := tmp_path / "a.xlsx")
    found = claims(path, tmp_path, "s", mapped(PLAIN))
    assert found.file.warnings[0] == "not read: what stands above the header: Incidents in Mali; Source: Example"
    assert [one["best"] for one in found["figure"]] == ["1"] and "Killed: killed.best" in draft_map(path)


def test_dates_that_a_spreadsheet_may_have_exchanged_are_flagged(tmp_path: Path) -> None:
    """Of texts with the day first, it makes dates of those that have no day after the twelfth, with the month first."""
    rows = "2024-03-01,A,1\n2024-03-20,A,1\n2024-05-05,A,1\n,B,1\n"
    assert read(PLAIN, f"Date,Town,Killed\n{rows}13/03/2024,A,1\n", tmp_path).intake.flags == {"mixed_dates": 1}


@pytest.mark.nightly
def test_dates_of_other_precisions_are_not_flagged_as_exchanged(tmp_path: Path) -> None:
    assert read(PLAIN, "Date,Town,Killed\n2024-03-01,A,1\n2024-03-20,A,1\n2024-04,A,1\n", tmp_path).intake.flags == {}


def test_null_words_do_not_apply_to_countries(tmp_path: Path) -> None:
    text = PLAIN.replace('nulls: ["?", unknown]', "nulls: [NA]").replace("event: {kind: attack_on_civilians, country: SYR}\n", "")
    text = text.replace("  Town: place.name", "  Town: place.name\n  Country: event.country")
    found = read(text, "Date,Town,Country,Killed\n01/03/2024,na,NA,NA\n", tmp_path)
    assert [one["country"] for one in found["event"]] == ["NAM"] and not found["figure"] and not found["location"]


def with_kinds(described: str) -> str:
    return PLAIN.replace("event: {kind: attack_on_civilians, country: SYR}", "event: {country: SYR}").replace(
        "  Town: place.name", f"  Town: place.name\n  What: {described}"
    )


@pytest.mark.nightly
def test_a_word_for_a_kind_that_is_not_listed_rejects_the_record(tmp_path: Path) -> None:
    rows = "Date,Town,Killed,What\n01/03/2024,A,1,bombs\n01/03/2024,B,1,\n01/03/2024,C,1,bomb\n"
    found = read(with_kinds("{to: event.kind, codes: {bombs: air_strike}}"), rows, tmp_path)
    assert sorted(one["kind"] for one in found["event"]) == ["air_strike", "other"]
    assert [(one.field, one.value) for one in found.intake.rejections] == [("What", "bomb")]


@pytest.mark.parametrize("target", cases(["killed.best", "place.name"], ["killed.best"]))
def test_a_word_that_is_not_listed_rejects_the_record_though_it_decides_what_there_is(target: str, tmp_path: Path) -> None:
    column, other = ("Killed", "Town") if target == "killed.best" else ("Town", "Killed")
    text = PLAIN.replace(f"  {column}: {target}", f"  {column}: {{to: {target}, codes: {{dozens: '24'}}}}")
    rows = "".join(f"01/03/2024,{n},{word}\n" for n, word in enumerate(["dozens", "many", "350", ""], 1))
    found = read(text, f"Date,{other},{column}\n{rows}", tmp_path)
    assert sorted((one.field, one.value) for one in found.intake.rejections) == [(column, "350"), (column, "many")]
    assert [one["best"] for one in found["figure"]] == (["24"] if column == "Killed" else ["1", "4"])


@pytest.mark.nightly
def test_otherwise_applies_to_kinds_without_any_codes(tmp_path: Path) -> None:
    rows = "Date,Town,Killed,What\n01/03/2024,A,1,bombs\n01/03/2024,B,1,\n"
    found = read(with_kinds("{to: event.kind, codes: {}, otherwise: other}"), rows, tmp_path)
    assert [one["kind"] for one in found["event"]] == ["other", "other"] and not found.intake.rejections


def test_tags_may_stand_for_fields(tmp_path: Path) -> None:
    """The same table by tags and by fields gives the same claims."""
    by_tags = """
name: tags
title: By tags
dates: ["%d/%m/%Y"]
columns: {When: "#date", Where: "#loc+name", Dead: "#affected+killed", Hurt: "#affected +injured"}
"""
    rows = "When,Where,Dead,Hurt\n01/03/2024,A,1,2\n"
    found = read(by_tags, rows, tmp_path)
    assert [(one["started_on"], one["ended_on"]) for one in found["event"]] == [("2024-03-01", "2024-03-01")]
    assert sorted((one["measure"], one["best"]) for one in found["figure"]) == [("injured", "2"), ("killed", "1")]
    assert [one["name"] for one in found["location"]] == ["A"]


def test_one_column_gives_several_fields_and_one_row_several_figures(tmp_path: Path) -> None:
    text = """
name: several
title: Several figures
columns:
  Day: event.date
  Deaths: [killed.best, {to: killed.quantifier, codes: {"10": approximately}, otherwise: exact}]
  Hurt: hurt.low
event: {name: An event, kind: battle, country: SYR}
actors: {army: {name: Army of Nowhere, role: side_a, kind: state_forces}}
figures:
  killed: {measure: killed, population: combatants, unit: people, basis: flow, actor: army}
  hurt: {measure: injured, quantifier: at_least, unit: people, basis: flow}
"""
    found = read(text, "Day,Deaths,Hurt\n2024-03-01,10,5\n2024-03-02,3,\n", tmp_path)
    assert sorted((one["measure"], one["low"] or one["best"], one["quantifier"]) for one in found["figure"]) == [
        ("injured", "5", "at_least"), ("killed", "10", "approximately"), ("killed", "3", "exact"),
    ]  # fmt: skip
    (army,) = found["actor"]
    assert {one["actor"] for one in found["figure"]} == {None, army["id"]} and len(found["participation"]) == 2


def test_bounds_that_contradict_each_other_are_kept_and_flagged_without_a_best_estimate_too(tmp_path: Path) -> None:
    text = PLAIN.replace("Killed: killed.best", "Killed: {to: killed.best, optional: true}\n  Low: killed.low\n  High: killed.high")
    flags = {"": {"low_above_high"}, "5": {"low_above_best", "best_above_high"}, "2": {"low_above_best"}}
    rows = "".join(f"0{number}/03/2024,A,{best},10,3\n" for number, best in enumerate(flags, 1))
    found = read(text, f"Date,Town,Killed,Low,High\n{rows}04/03/2024,B,,3,10\n", tmp_path)
    figures = {one["period_start"]: one for one in found["figure"]}
    for number, best in enumerate(flags, 1):
        one, told = figures[f"2024-03-0{number}"], [line for line in found.intake.flag_messages if f"record {number}," in line]
        assert (one["low"], one["best"] or "", one["high"]) == ("10", best, "3"), best
        assert {line.rpartition("(")[2].rstrip(")") for line in told} == flags[best], best
    assert sum(found.intake.flags.values()) == sum(map(len, flags.values()))


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("declared", "cell"), [("-999", "-999.0"), ("-999.0", "-999"), ("-9.99e2", "-999.00"), ("9999", "9999.0")])
def test_a_sentinel_is_a_number_in_any_spelling(declared: str, cell: str, tmp_path: Path) -> None:
    text = f"name: a\ntitle: A\nsource: {{id: a, license: unknown}}\nsentinels: ['{declared}']\n"
    text += f"columns:\n  Date: event.date\n  Killed: killed.best\n  Town: {{to: place.name, sentinels: ['{declared}']}}\n"
    format, problems = read_map(KINDS, "a.map.yaml", text + "figures: {killed: {measure: killed, unit: people, basis: flow}}\n")
    assert format and not problems
    (tmp_path / "a.csv").write_text(f"Date,Town,Killed\n2024-01-01,{cell},{cell}\n2024-01-02,Gao,3\n")
    found = claims(tmp_path / "a.csv", tmp_path, asked=format)
    assert [place["name"] for place in found["location"]] == ["Gao"] and [figure["best"] for figure in found["figure"]] == ["3"]
    assert (found.intake.problems, found.intake.flags) == (0, {"sentinel": 2})


def numbers_said(text: str, rows: str, folder: Path) -> list[str]:
    return [line for line in read(text, rows, folder).file.warnings if "figure" in line]


def test_a_map_that_makes_no_figure_is_named_with_the_columns_that_have_numbers(tmp_path: Path) -> None:
    """Otherwise its events load, and nobody sees that the deaths are missing."""
    rows = "Date,Town,Killed,Wounded,Phone\n01/03/2024,A,3,4,12 or 13\n02/03/2024,B,,1,\n"
    forgotten = PLAIN.replace("  Killed: killed.best\n", "").partition("figures:")[0]
    (told,) = numbers_said(forgotten, rows, tmp_path)
    assert "no column becomes a number" in told and "(these have only numbers: Killed, Wounded)" in told
    assert "`Killed: killed.best`" in told and "write `figures: {}`" in told
    for text in (forgotten + "figures: {}\n", PLAIN)[: 2 if NIGHTLY else 1]:
        assert numbers_said(text, rows, tmp_path) == []
    (told,) = numbers_said(PLAIN, "Date,Town,Killed\n01/03/2024,A,\n02/03/2024,B,\n", tmp_path)
    assert "no record has a number in Killed" in told


@pytest.mark.parametrize("name", cases(["gdelt-1", "gdelt-2", "bellingcat-civilian-harm", "btselem-fatalities"], ["btselem-fatalities"]))
def test_maps_of_the_project_that_count_nothing_say_so(name: str) -> None:
    assert not [line for line in taken(name).file.warnings if "no column becomes" in line]
