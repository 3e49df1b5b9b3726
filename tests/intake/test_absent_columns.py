"""Tables that lack a column: no country, day or place is lost without a word; and names of countries that are unknown, or contradict the code beside them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from api.errors import LoadRefused
from api.intake.optional_columns import absent_columns
from api.loading.file_receipt import column_lines
from schema.codelists.country_names import country_names
from schema.codelists.gleditsch_ward import NAMED_STATES
from schema.formats import FORMATS
from schema.formats.expressions import Column

from ..support.ged_rows import row
from ..support.mapped_claims import Claims, claims
from ..support.properties import NIGHTLY


def read(folder: Path, *lacking: str, rows: tuple[dict[str, str], ...] = ({},)) -> Claims:
    """Rows of GED with these cells, without these columns."""
    records = [{name: cell for name, cell in {**row(n), **cells}.items() if name not in lacking} for n, cells in enumerate(rows, 1)]
    text = io.StringIO()
    writer = csv.DictWriter(text, [*records[0]], lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    (folder / "a.csv").write_text(text.getvalue(), "utf-8")
    return claims(folder / "a.csv", folder)


def countries(found: Claims) -> list[str | None]:
    """The countries of the events, in the order of the rows."""
    return [event["country"] for event in found["event"]]


def flagged(found: Claims, flag: str) -> set[str]:
    """The records with this flag."""
    return {message.split(", ")[1] for message in found.intake.flag_messages if f"({flag})" in message}


def test_the_country_of_an_event_without_its_number_is_that_of_its_name(tmp_path: Path) -> None:
    named = read(tmp_path, "country_id", rows=({}, {"country": "Atlantis"}))
    assert countries(named) == ["TCD", None] and flagged(named, "unknown_code") == {"record 2"}
    assert named.file.warnings == ("the file lacks the column country_id, which ucdp-ged reads: what it says is unknown of every record",)
    assert {place["part_of"] for place in named["location"]} == {None}  # Nothing says which number the country has.


@pytest.mark.parametrize("lacking", [("country_id", "country"), ("date_start",), ("date_end",)])
def test_a_file_without_the_country_or_the_days_of_its_events_is_refused(tmp_path: Path, lacking: tuple[str, ...]) -> None:
    with pytest.raises(LoadRefused, match=f"to be read as ucdp-ged, it lacks the column {lacking[0]}"):
        read(tmp_path, *lacking)


def test_columns_without_which_fields_are_unknown_are_named() -> None:
    for format in FORMATS:
        if format.generic or format.container != "table" or callable(format.records) or any(one.source for one in format.records):
            assert absent_columns(format, []) == []
            continue
        parts = [part for one in format.records for value in one.fields.values() for part in value.walk()]
        read = {part.names[0] for part in parts if isinstance(part, Column) and part.names}
        assert absent_columns(format, [*read]) == []
        for absent in (absent_columns(format, [*read - {name}]) for name in sorted(read)):
            assert len(absent) <= 1 and {*absent} <= read


def test_a_receipt_names_the_columns_of_a_publisher_that_become_no_field(tmp_path: Path) -> None:
    file = read(tmp_path, rows=({"my_own_column": "x"},)).file
    (line,) = column_lines(file)
    listed = line.removeprefix("  columns in `original` only: ").partition(";")[0].split(", ")
    assert {"relid", "region", "my_own_column"} < {*listed} and not {"best", "source_article", "country"} & {*listed}
    assert "source.title" in file.fields_of["source_article"], "a cell with several articles becomes a source for each"


def test_a_name_of_a_country_that_its_code_contradicts_or_no_list_has_is_flagged(tmp_path: Path) -> None:
    without_number = {"country_id": "", "country": "DR Congo (Zaire)"}
    ged = read(tmp_path, rows=({"country": "Niger", "country_id": "475"}, {"country": "Atlantis"}, without_number))
    assert countries(ged) == [None, "TCD", "COD"]
    assert (flagged(ged, "contradictory_cells"), flagged(ged, "unknown_code")) == ({"record 1"}, {"record 2"})
    assert ged.file.warnings == ()
    rows = "COG,Democratic Republic of Congo\nNGA,Niger\nMLI,Mallli\nMLI,Mali\nCOD,DEMOCRATIC REPUBLIC OF CONGO\n"
    lines = "".join(f"2024-03-01,{line},{n}\n" for n, line in enumerate(rows.splitlines()))
    (tmp_path / "b.csv").write_text(f"#date,#country+code,#country+name,#affected+killed\n{lines}", "utf-8")
    found = claims(tmp_path / "b.csv", tmp_path)
    assert found.intake.flags == {"contradictory_cells": 2, "unknown_code": 1}
    assert sorted(str(event["country"]) for event in found["event"]) == ["COD", "MLI", "MLI", "None", "None"]
    assert all(name in str(found["event"]) for name in ("Democratic Republic of Congo", "Niger", "Mallli"))  # In `original`.


def test_names_of_ucdp_are_those_of_one_state_on_each_day() -> None:
    assert {code for name, _, _, code in NAMED_STATES if name == "Serbia (Yugoslavia)"} == {"YUG", "SCG", "SRB"}
    known = country_names()
    assert all(known[name] == code for name, _, _, code in NAMED_STATES if name in known)


def test_places_that_are_called_by_a_number_are_named(tmp_path: Path) -> None:
    """A table of GED without names of countries calls them 483."""
    said = "1 location is called by a number, 483: the file has no name there"
    no_number = {"source_article": "Example Press,2024-03-01,."}  # A title without a letter may have no digit.
    for lacking, cells in ((["country"], no_number), ([], {"country": ""}))[: 2 if NIGHTLY else 1]:
        found = read(tmp_path, *lacking, rows=(cells,))
        assert [line.partition(";")[0] for line in found.file.warnings] == [said]
        assert {place["name"] for place in found["location"]} == {"483", "Tówn 1"}


@pytest.mark.nightly
def test_places_of_a_table_with_tags_that_are_called_by_numbers_are_named(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("#date,#country+code,#adm1+code,#affected+killed\n2024-03-01,SYR,12,1\n2024-03-02,SYR,13,1\n", "utf-8")
    assert any(
        line.startswith("2 locations are called by numbers, such as 12") for line in claims(tmp_path / "b.csv", tmp_path).file.warnings
    )
