"""The generator of files shaped like UCDP GED: the same plan gives the same bytes, and irregularities occur at the declared rates."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from bench import ged

PLAN = ged.Plan(events=4_000)
DEATHS = {"deaths_civilians", "best", "high", "low"}
Cells = dict[str, str]


def made(plan: ged.Plan, folder: Path, layout: int = 49) -> list[Cells]:
    file = folder / "ged.csv"
    ged.write(plan, file, layout)
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Cells]:
    return made(PLAN, tmp_path_factory.mktemp("ged"))


def share(rows: list[Cells], which: list[bool]) -> float:
    return sum(which) / len(rows)


@pytest.mark.parametrize("layout", ged.LAYOUTS)
def test_the_same_plan_makes_the_same_bytes(layout: int, tmp_path: Path) -> None:
    one, other, third = (tmp_path / name for name in "abc")
    small = replace(PLAN, events=500)
    ged.write(small, one, layout)
    ged.write(small, other, layout)
    ged.write(replace(small, seed=43), third, layout)
    assert one.read_bytes() == other.read_bytes() != third.read_bytes()


@pytest.mark.parametrize("layout", ged.LAYOUTS)
def test_a_reader_of_csv_finds_every_row_and_column(layout: int, tmp_path: Path) -> None:
    found = made(replace(PLAN, events=500), tmp_path, layout)
    assert len(found) == 500
    assert all(list(row) == ged.LAYOUTS[layout].split() and len(row) == layout for row in found)
    assert all(isinstance(cell, str) for row in found for cell in row.values())


@pytest.mark.nightly
def test_ids_are_unique_across_files(rows: list[Cells], tmp_path: Path) -> None:
    assert {int(row["id"]) for row in rows} == set(range(1, PLAN.events + 1))
    second = made(replace(PLAN, events=500, seed=43, first_id=50_000_000), tmp_path)
    for name in ("id", "dyad_new_id", "conflict_new_id", "side_a_new_id"):
        assert not {row[name] for row in rows} & {row[name] for row in second}


def test_an_id_has_one_name(rows: list[Cells]) -> None:
    for id, name in (("dyad_new_id", "dyad_name"), ("conflict_new_id", "conflict_name"), ("country_id", "country")):
        assert len({(row[id], row[name]) for row in rows}) == len({row[id] for row in rows})
    sides = {(row[f"side_{side}_new_id"], row[f"side_{side}"]) for row in rows for side in "ab"}
    assert len(sides) == len({id for id, _ in sides})


def test_deaths_add_up_and_odd_ranges_occur_at_the_declared_rate(tmp_path: Path) -> None:
    rows = made(replace(PLAN, events=12_000), tmp_path)
    counts = [{name: int(row[name]) for name in (*DEATHS, "deaths_a", "deaths_b", "deaths_unknown")} for row in rows]
    assert all(one["best"] == one["deaths_a"] + one["deaths_b"] + one["deaths_civilians"] + one["deaths_unknown"] for one in counts)
    assert 0.0007 < share(rows, [one["low"] > one["best"] for one in counts]) < 0.0028
    assert 0.0020 < share(rows, [one["best"] > one["high"] for one in counts]) < 0.0060


def test_line_breaks_free_text_and_other_alphabets_occur_at_the_declared_rate(rows: list[Cells]) -> None:
    assert share(rows, ["\n" in "".join(row.values()) for row in rows]) == pytest.approx(PLAN.newlines, abs=0.03)
    assert share(rows, [row["number_of_sources"] == "-1" for row in rows]) == pytest.approx(ged.OLD, abs=0.04)
    assert share(rows, [not row["source_headline"].isascii() for row in rows]) > 0.05
    assert any('"' in row["source_headline"] for row in rows)


def test_all_cells_about_articles_agree(rows: list[Cells]) -> None:
    for row in rows:
        if row["number_of_sources"] == "-1":
            assert row["source_article"]
            assert not row["source_office"] + row["source_date"] + row["source_headline"]
            continue
        count = int(row["number_of_sources"])
        offices, dates = row["source_office"].split(";"), row["source_date"].split(";")
        assert len(offices) == len(dates) == count == row["source_article"].count('";"') + 1
        assert all(f'"{office},{date},' in row["source_article"] for office, date in zip(offices, dates, strict=True))


def test_places_and_articles_occur_at_the_declared_rate(rows: list[Cells]) -> None:
    places = {(row["where_coordinates"], row["adm_1"], row["latitude"], row["longitude"], row["country_id"]) for row in rows}
    assert len(places) / PLAN.events == pytest.approx(ged.PLACES, rel=0.2)  # Provinces weigh more in a small file.
    articles = {one for row in rows for one in row["source_article"].strip('"').split('";"')}
    assert len(articles) / PLAN.events == pytest.approx(450 / 418, rel=0.1)


def test_a_changed_share_changes_only_deaths(rows: list[Cells], tmp_path: Path) -> None:
    later = made(replace(PLAN, changed=0.01), tmp_path)
    differ = [{name for name in one if one[name] != other[name]} for one, other in zip(rows, later, strict=True)]
    assert 0.006 < share(rows, [bool(one) for one in differ]) < 0.014
    assert {name for one in differ for name in one} == DEATHS


def test_a_share_of_rows_is_duplicated(tmp_path: Path) -> None:
    found = made(replace(PLAN, events=2_000, duplicates=0.05), tmp_path)
    again = [one for one, other in zip(found[1:], found, strict=False) if one == other]
    assert len(found) - 2_000 == len(again)
    assert 50 < len(again) < 160
