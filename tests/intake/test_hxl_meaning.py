"""What tags mean beyond their cells: dates of reports, months and years, numbers present on a day, rows that are the same, and sums under a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.loading.file_receipt import column_lines

from ..conftest import ROOT
from ..support.mapped_claims import Claims, claims

CASES = ROOT / "tests" / "data"


def taken(text: str, folder: Path, **options: str) -> Claims:
    (folder / "a.csv").write_text(text, "utf-8")
    return claims(folder / "a.csv", folder, **options)


def test_a_month_and_a_year_are_dates_with_their_precision(tmp_path: Path) -> None:
    found = claims(CASES / "27-hxl-month.csv", tmp_path)
    assert (found.intake.problems, found.intake.flags) == (0, {})
    assert sorted((one["started_on"], one["ended_on"], one["date_precision"]) for one in found["event"]) == [
        ("2024-01-01", "2024-12-31", "5"), ("2024-03-01", "2024-03-31", "4"),
    ]  # fmt: skip
    assert sorted((one["period_start"], one["period_end"]) for one in found["figure"] if one["measure"] == "killed") == [
        ("2024-01-01", "2024-12-31"), ("2024-03-01", "2024-03-31"),
    ]  # fmt: skip


def test_the_day_of_a_report_is_used_where_nothing_better_is_known(tmp_path: Path) -> None:
    found = taken("#event,#date+reported,#date+start,#affected+killed\na,2024-03-02,2024-03-01,1\nb,2024-03-05,,2\n", tmp_path)
    assert sorted((one["name"], one["started_on"], one["ended_on"]) for one in found["event"]) == [
        ("a", "2024-03-01", "2024-03-02"), ("b", "2024-03-05", "2024-03-05"),
    ]  # fmt: skip


STOCKS = """Country,State,Locality,People,Day
#country+code,#adm1+name,#adm2+name,#affected+idps+ind,#date+reported
SDN,,,500,2024-03-31
SDN,North,,500,2024-03-31
SDN,North,First,300,2024-03-31
SDN,North,Second,200,2024-03-31
"""


def test_people_present_on_the_day_of_a_report_are_a_stock_of_one_event_at_their_places(tmp_path: Path) -> None:
    """So that totals add neither a locality to its state nor a later report to an earlier one."""
    found = taken(STOCKS, tmp_path)
    assert (found.intake.problems, {one["basis"] for one in found["figure"]}) == (0, {"stock"})
    assert {(one["period_start"], one["period_end"]) for one in found["figure"]} == {(None, "2024-03-31")}
    assert [(one["id"], one["kind"], one["country"]) for one in found["event"]] == [("test-source-counts-SDN", "displacement", "SDN")]
    places = found.by_id("location")
    assert sorted(str(one["location"] and places[one["location"]]["name"]) for one in found["figure"]) == [
        "First",
        "None",
        "North",
        "Second",
    ]


@pytest.mark.parametrize(
    ("tag", "basis"), [("#affected+idps+ind+stock", "stock"), ("#affected+displaced+newdisp", "flow"), ("#affected+killed+cumulative", "cumulative"),
                       ("#affected+idps+ind", None), ("#affected+killed", None)],
)  # fmt: skip
def test_attributes_say_what_a_number_holds_for(tag: str, basis: str | None, tmp_path: Path) -> None:
    found = taken(f"#event,#date,{tag}\na,2024-03-01,5\n", tmp_path)
    assert [one["basis"] for one in found["figure"]] == [basis]


def test_rows_without_an_id_that_are_the_same_are_rejected_until_the_user_says_whether_they_count(tmp_path: Path) -> None:
    found = claims(CASES / "26-hxl-identical.csv", tmp_path)
    assert [str(one) for one in found.intake.rejections] == [
        "26-hxl-identical.csv, record 2: is the same as record 1 in every cell, and has no id: `--same-rows keep` counts both, `--same-rows once` counts one"
    ]
    kept = claims(CASES / "26-hxl-identical.csv", tmp_path, same_rows="keep")
    assert kept.intake.problems == 0 and sum(int(one["best"]) for one in kept["figure"] if one["measure"] == "killed") == 4
    once = claims(CASES / "26-hxl-identical.csv", tmp_path, same_rows="once")
    assert (once.intake.flags, sum(int(one["best"]) for one in once["figure"] if one["measure"] == "killed")) == ({"repeated": 1}, 3)


def test_ids_of_rows_that_differ_are_the_same_however_same_rows_are_treated(tmp_path: Path) -> None:
    ids = [{one["id"] for one in claims(CASES / "26-hxl-identical.csv", tmp_path, same_rows=way)["event"]} for way in ("once", "keep")]
    assert ids[0] < ids[1] and len(ids[1]) == 3


TOTAL = "Country,Place,Date,Killed\n#country+name,#loc+name,#date,#affected+killed\nSyria,A,2024-03-01,12\nSyria,B,2024-03-02,5\n{}\n"


@pytest.mark.parametrize(
    "row", [",Total,,17", "Total,,,17", ",,Total,17", ",,,17", ",Grand Total:,,17", ",Total Syria,,17", "Syria,Total,,17", ",المجموع,,17", "TOTAL,,,18"]
)  # fmt: skip
def test_a_row_that_sums_others_is_flagged_and_not_counted(row: str, tmp_path: Path) -> None:
    found = taken(TOTAL.format(row), tmp_path)
    assert (found.file.read, found.file.sums, found.intake.problems, found.intake.flags) == (3, 1, 0, {"total_row": 1})
    assert sorted(str(one["best"]) for one in found["figure"]) == ["12", "5"] and len(found["event"]) == 2


@pytest.mark.parametrize("row", ["Syria,Total,2024-03-03,4", "Syria,,,17", "Syria,Totalán,2024-03-03,17", ",,,16"])
def test_a_row_that_may_be_an_incident_is_counted(row: str, tmp_path: Path) -> None:
    found = taken(TOTAL.format(row), tmp_path)
    assert (found.file.sums, len(found["figure"])) == (0, 3)


def test_the_case_of_a_total_row(tmp_path: Path) -> None:
    found = claims(CASES / "25-hxl-total.csv", tmp_path)
    assert found.intake.flags == {"total_row": 1} and found.intake.flag_messages == ["25-hxl-total.csv, record 3: Total (total_row)"]
    assert sorted(str(one["best"]) for one in found["figure"] if one["measure"] == "killed") == ["12", "5"]


def test_what_became_of_each_column_is_told(tmp_path: Path) -> None:
    found = taken("Org,Day,Killed,Note\n#org,#date,#affected+killed,\nX,2024-03-01,3,y\n", tmp_path)
    assert found.file.fields_of == {
        "#org": ("original",), "#date": ("event.name", "event.started_on", "event.ended_on", "event.date_precision", "figure.period_start", "figure.period_end"),
        "#affected+killed": ("figure.best",), "Note": ("original",),
    }  # fmt: skip
    assert [*column_lines(found.file)] == [
        "  columns:", "    #org: original only",
        "    #date: event.name, event.started_on, event.ended_on, event.date_precision, figure.period_start, figure.period_end",
        "    #affected+killed: figure.best", "    Note: original only",
    ]  # fmt: skip


def test_it_is_told_what_searches_and_totals_lack(tmp_path: Path) -> None:
    found = taken("#event,#affected+killed\na,3\nb,4\n", tmp_path)
    assert [warning[:24] for warning in found.file.warnings] == ["2 events have no date: n", "2 figures have no basis,"]
    levels = taken(STOCKS, tmp_path)
    assert [warning[:40] for warning in levels.file.warnings] == ["2 figures are of places that contain pla"]
    assert not taken(STOCKS.replace("SDN,,,500,2024-03-31\nSDN,North,,500,2024-03-31\n", ""), tmp_path).file.warnings
