"""What tags mean beyond their cells: dates of reports, months and years, numbers present on a day, rows that are the same, and sums under a table."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from api.loading.file_receipt import column_lines
from schema.formats.maps import read_map
from schema.formats.total_words import TotalLabel, total_label
from schema.kinds import KINDS

from ..conftest import ROOT
from ..support.mapped_claims import Claims, claims

CASES = ROOT / "tests" / "data"


def taken(text: str, folder: Path, **options: Any) -> Claims:
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


@pytest.fixture(scope="module")
def stocks(tmp_path_factory: pytest.TempPathFactory) -> Claims:
    return taken(STOCKS, tmp_path_factory.mktemp("stocks"))


def test_people_present_on_the_day_of_a_report_are_a_stock_of_one_event_at_their_places(stocks: Claims) -> None:
    """So that totals add neither a locality to its state nor a later report to an earlier one."""
    assert (stocks.intake.problems, {one["basis"] for one in stocks["figure"]}) == (0, {"stock"})
    assert {(one["period_start"], one["period_end"]) for one in stocks["figure"]} == {(None, "2024-03-31")}
    assert [(one["id"], one["kind"], one["country"]) for one in stocks["event"]] == [("test-source-counts-SDN", "displacement", "SDN")]
    places = stocks.by_id("location")
    assert sorted(str(one["location"] and places[one["location"]]["name"]) for one in stocks["figure"]) == [
        "First",
        "None",
        "North",
        "Second",
    ]


RUNNING = "#date,#country+code,#affected+killed+cumulative{}\n2024-01-31,NPL,100{}\n2024-02-29,NPL,180{}\n2024-03-31,NPL,170{}\n"


@pytest.mark.parametrize(
    "beside", [pytest.param(("", "", "", ""), marks=pytest.mark.nightly), (",#affected+killed+new", ",5", ",80", ",0")]
)
def test_running_totals_are_counts_of_one_event_whatever_stands_beside_them(beside: tuple[str, ...], tmp_path: Path) -> None:
    """Each row an event of its own, they would be added up: 450 dead where there are 170."""
    found = taken(RUNNING.format(*beside), tmp_path)
    assert found.intake.problems == 0
    running = [one for one in found["figure"] if one["basis"] == "cumulative"]
    assert {(one["event"], one["period_start"]) for one in running} == {("test-source-counts-NPL", None)}
    assert sorted((one["period_end"], one["best"]) for one in running) == [
        ("2024-01-31", "100"),
        ("2024-02-29", "180"),
        ("2024-03-31", "170"),
    ]
    others = [one for one in found["figure"] if one not in running]
    assert len({one["event"] for one in others}) == len(others) == (3 if beside[0] else 0)  # Each still of the event of its row.
    assert len(found["event"]) == len(others) + 1


@pytest.mark.nightly
def test_stocks_beside_other_numbers_are_counts_of_one_event_at_their_places(tmp_path: Path) -> None:
    table = "#date,#country+code,#adm1+name,#affected+idps+stock,#affected+killed+new\n2024-01-31,NPL,North,1000,5\n2024-02-29,NPL,North,1100,\n"
    found = taken(table, tmp_path)
    stocks, others = ([one for one in found["figure"] if (one["basis"] == "stock") == stock] for stock in (True, False))
    assert {(one["event"], one["location"]) for one in stocks} == {("test-source-counts-NPL", found["location"][0]["id"])}
    assert [(one["period_start"], one["period_end"], one["best"]) for one in others] == [("2024-01-31", "2024-01-31", "5")]
    assert {one["id"]: one["kind"] for one in found["event"]}["test-source-counts-NPL"] == "displacement"


def test_running_totals_of_events_of_two_names_are_two_series(tmp_path: Path) -> None:
    found = taken("#event,#date,#affected+killed+cumulative\na,2024-01-31,5\na,2024-02-29,6\nb,2024-01-31,7\n", tmp_path)
    names = {one["id"]: one["name"] for one in found["event"]}
    assert sorted((names[one["event"]], one["best"]) for one in found["figure"]) == [("a", "5"), ("a", "6"), ("b", "7")]
    assert len(names) == 2


BASES = {
    "#affected+idps+ind+stock": "stock", "#affected+displaced+newdisp": "flow", "#affected+killed+cumulative": "cumulative", "#affected+idps+ind": None,
    "#affected+killed": None,
}  # fmt: skip


def test_attributes_say_what_a_number_holds_for(tmp_path: Path) -> None:
    """In one row, whose cells are the numbers of their columns."""
    found = taken(f"#event,#date,{','.join(BASES)}\na,2024-03-01,{','.join(str(n) for n, _ in enumerate(BASES))}\n", tmp_path)
    assert {[*BASES][int(str(one["best"]))]: one["basis"] for one in found["figure"]} == BASES and not found.intake.problems


@pytest.fixture(scope="module")
def same_rows(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Claims]:
    """The claims of a table with two rows that are the same, by how these are treated."""
    return cache(lambda way: claims(CASES / "26-hxl-identical.csv", tmp_path_factory.mktemp("same"), same_rows=way))


@pytest.mark.nightly
def test_rows_without_an_id_that_are_the_same_are_rejected_until_the_user_says_whether_they_count(
    same_rows: Callable[[str], Claims],
) -> None:
    assert [str(one) for one in same_rows("").intake.rejections] == [
        "26-hxl-identical.csv, record 2: is the same as record 1 in every cell, and has no id: `--same-rows keep` counts both, `--same-rows once` counts one"
    ]


def test_rows_without_an_id_that_are_the_same_count_as_the_user_says(same_rows: Callable[[str], Claims]) -> None:
    kept, once = same_rows("keep"), same_rows("once")
    assert kept.intake.problems == 0 and sum(int(one["best"]) for one in kept["figure"] if one["measure"] == "killed") == 4
    assert (once.intake.flags, sum(int(one["best"]) for one in once["figure"] if one["measure"] == "killed")) == ({"repeated": 1}, 3)


def test_ids_of_rows_that_differ_are_the_same_however_same_rows_are_treated(same_rows: Callable[[str], Claims]) -> None:
    ids = [{one["id"] for one in same_rows(way)["event"]} for way in ("once", "keep")]
    assert ids[0] < ids[1] and len(ids[1]) == 3


TOTAL = "Country,Place,Date,Killed\n#country+name,#loc+name,#date,#affected+killed\nSyria,A,2024-03-01,12\nSyria,B,2024-03-02,5\n{}\n"


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    "row", [",Total,,17", "Total,,,17", ",,Total,17", ",,,17", ",Grand Total:,,17", ",Total Syria,,17", "Syria,Total,,17", ",المجموع,,17", "TOTAL,,,18"]
)  # fmt: skip
def test_a_row_that_sums_others_is_flagged_and_not_counted(row: str, tmp_path: Path) -> None:
    found = taken(TOTAL.format(row), tmp_path)
    assert (found.file.read, found.file.sums, found.intake.problems, found.intake.flags) == (3, 1, 0, {"total_row": 1})
    assert sorted(str(one["best"]) for one in found["figure"]) == ["12", "5"] and len(found["event"]) == 2
    assert [message[:15] for message in found.intake.flag_messages] == ["a.csv, record 3"]


@pytest.mark.nightly
@pytest.mark.sampled(1)
@pytest.mark.parametrize("row", ["Syria,Total,2024-03-03,4", "Syria,,,17", "Syria,Totalán,2024-03-03,17", ",,,16"])
def test_a_row_that_may_be_an_incident_is_counted(row: str, tmp_path: Path) -> None:
    found = taken(TOTAL.format(row), tmp_path)
    assert (found.file.sums, len(found["figure"])) == (0, 3)
    assert found.intake.flags == ({} if "Totalán" in row else {"possible_total": 1})


NAMED = "#country+code,#adm1+name,#loc+name,#date,#affected+killed+new\n"
TWO_COUNTRIES = """MLI,,Gao,2024-01-01,1
MLI,,Kidal,2024-01-01,3
{}
NER,,Agadez,2024-01-01,5
NER,,Sumy,2024-01-02,9
{}
"""


def killed(found: Claims) -> int:
    return sum(int(figure["best"] or 0) for figure in found["figure"])


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("MLI,,Total,2024-01-01,4", "NER,,Total,,14\n,,Grand total,,18"),
        ("MLI,,Sous-total,2024-01-01,4", "NER,,All Niger,,14\nNER,Niger (total),,,14\n,,ИТОГО,,18"),
        ("MLI,,Sum,2024-01-01,4", "NER,,Total Agadez,2024-01-01,5\nNER,,All regions,,14\nTotal,,,,18"),
        ("MLI,,Toplam,2024-01-01,4", "NER,المجموع,,,14\n,,Total Niger,,14\n,,,,18"),
    ],
)  # fmt: skip
def test_sums_of_groups_are_not_counted(first: str, second: str, tmp_path: Path) -> None:
    """One row that is only doubtful, the total of one village, which has one row, stays."""
    found, doubtful = taken(NAMED + TWO_COUNTRIES.format(first, second), tmp_path), "Total Agadez" in second
    assert (killed(found), found.intake.problems) == (18 + 5 * doubtful, 0)
    assert found.file.sums == (first + "\n" + second).count("\n") + 1 - doubtful == found.intake.flags["total_row"]
    assert doubtful or not found.file.warnings


def test_a_sum_that_differs_from_its_parts_is_left_out_and_both_numbers_are_told(tmp_path: Path) -> None:
    found = taken(NAMED + TWO_COUNTRIES.format("MLI,,Total,2024-01-01,5", "NER,,All Niger,,100"), tmp_path)
    assert (killed(found), found.intake.flags) == (18, {"total_row": 2})
    assert found.file.warnings == (
        "record 3 (Total) sums other rows and is left out, but its numbers are not theirs: #affected+killed+new is 5, and other rows add up to 4",
        "record 6 (All Niger) sums other rows and is left out, but its numbers are not theirs: #affected+killed+new is 100, and other rows add up to 14",
    )


def test_totals_of_a_table_that_is_read_by_a_map_are_not_counted(tmp_path: Path) -> None:
    text = "name: a\ntitle: A\nsource: {id: a, license: unknown}\ncolumns: {Date: event.date, Town: place.name, Killed: killed.best}\n"
    text += "event: {country: MLI}\nfigures: {killed: {measure: killed, unit: people, basis: flow}}\n"
    format, problems = read_map(KINDS, "a.map.yaml", text)
    assert format and not problems
    rows = "2024-01-01,Gao,1\n2024-01-01,Kidal,3\n2024-01-01,Total,4\n2024-01-02,Gao,6\nTotal,,10\n,Total Mali,10\n"
    found = taken(f"Date,Town,Killed\n{rows}", tmp_path, asked=format)
    assert (killed(found), found.intake.problems, found.intake.flags, found.file.warnings) == (10, 0, {"total_row": 3}, ())


def test_places_whose_names_begin_with_a_word_for_a_total_are_counted(tmp_path: Path) -> None:
    places = ["Sum", "All Saints", "Allahabad", "Total Nagar", "Nagar Total Road", "Nagar"]
    found = taken(NAMED + "".join(f"IND,,{place},2024-01-01,{number}\n" for number, place in enumerate(places, 2)), tmp_path)
    assert (killed(found), found.file.sums, found.intake.flags) == (27, 0, {"possible_total": 2})
    assert [warning.partition(" has ")[0] for warning in found.file.warnings] == ["record 1 (Sum)", "record 4 (Total Nagar)"]


@pytest.mark.nightly
def test_a_total_alone_is_counted(tmp_path: Path) -> None:
    assert taken(NAMED + "MLI,,Total,2024-01-01,4\n", tmp_path).intake.flags == {"possible_total": 1}


@pytest.mark.nightly
def test_a_total_without_parts_is_counted(tmp_path: Path) -> None:
    found = taken(NAMED + "MLI,Gao,Total,2024-01-01,4\nMLI,Kidal,Bourem,2024-01-01,1\nMLI,Kidal,Total,2024-01-01,1\n", tmp_path)
    assert (killed(found), found.intake.flags) == (5, {"possible_total": 1, "total_row": 1})


@pytest.mark.nightly
def test_a_total_beside_the_place_is_one_only_if_its_numbers_are(tmp_path: Path) -> None:
    head = "#country+code,#adm1+name,#population,#date,#affected+killed+new\n"
    rows = "MLI,Gao,men,2024-01-01,1\nMLI,Gao,women,2024-01-01,3\nMLI,Gao,Total,2024-01-01,4\nMLI,Kidal,All,2024-01-01,7\n"
    found = taken(head + rows, tmp_path)
    assert (killed(found), found.intake.flags) == (11, {"total_row": 1})


@pytest.mark.parametrize(
    "text", ["Total", "SUB-TOTAL:", "Total général", "Итого", "المجموع", "合计", "Total 2024", "All districts", "* Total *"]
)
def test_words_for_a_total(text: str) -> None:
    assert total_label(text) in (TotalLabel(), TotalLabel(every=True))


@pytest.mark.parametrize("name", ["काली", "कील", "कुलु", "यंग"])
def test_a_name_that_differs_from_a_word_for_a_total_in_its_vowels_is_a_name(name: str) -> None:
    assert total_label(name) is None and total_label("कुल") and total_label("Résumé total")


@pytest.mark.parametrize("text", ["Sumy", "Allahabad", "Totalán", "Alle", "Totals Road 5 km", "Ensembles", "a total of 5 were killed"])
def test_words_that_only_begin_like_a_total(text: str) -> None:
    label = total_label(text)
    assert label is None or label.of


@pytest.mark.nightly
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


def test_it_is_told_what_searches_and_totals_lack(tmp_path: Path, stocks: Claims) -> None:
    found = taken("#event,#date,#affected+killed\na,,3\nb,,4\nc,2567-03-01,3\nd,1403-01-01,4\ne,2024-01-01,4\n", tmp_path)
    assert [warning[:44] for warning in found.file.warnings] == [
        "2 events have no date: neither searches by d",
        "1 event is in a year from 2460 to 2599, as t",
        "1 event is in a year from 1300 to 1479, as t",
        "5 figures have no basis, so totals leave the",
    ]
    assert [warning[:24] for warning in stocks.file.warnings] == [
        "record 1 (SDN, 2024-03-3",
        "record 2 (SDN, North, 20",
        "2 figures are of places ",
    ]


@pytest.mark.nightly
def test_it_is_told_what_searches_and_totals_lack_of_one_record_and_of_none(tmp_path: Path) -> None:
    found = taken("#adm1+name,#affected+killed\nA,5\n", tmp_path)
    assert [warning[:24] for warning in found.file.warnings] == ["1 event has no date: nei", "1 figure has no basis, s"]
    assert not taken(STOCKS.replace("SDN,,,500,2024-03-31\nSDN,North,,500,2024-03-31\n", ""), tmp_path).file.warnings
