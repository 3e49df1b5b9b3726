"""The walk through docs/own-tables.md: its commands are run on the files that it prints, and the draft is the one that it prints."""

from __future__ import annotations

import csv
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.commands.load import load_command
from api.commands.map import map_command
from api.errors import LoadRefused
from api.intake.draft_map import draft_map
from api.intake.intake import FileIntake
from api.intake.map_files import map_format
from api.intake.withdrawn_values import write_unstated
from schema.kinds import KINDS

from ..conftest import ROOT
from ..support.map_files import MAPS, rows_of
from ..support.mapped_claims import claims

PAGE = (ROOT / "docs" / "own-tables.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.S)
ROWS, WIDE = (text for language, text in BLOCKS if language == "csv")
DRAFT, CORRECTED, WIDE_MAP = (text for language, text in BLOCKS if language == "yaml")
COMMANDS = [line for language, text in BLOCKS if language == "sh" for line in text.splitlines()]

WIDE_REST = "name: wide\ntitle: Wide\nfigures: {killed: {measure: killed, population: all, unit: people, basis: flow}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "incidents.csv").write_text(ROWS, "utf-8")
    (tmp_path / "incidents.map.yaml").write_text(CORRECTED, "utf-8")
    return tmp_path


def test_the_draft_is_the_one_that_is_printed(folder: Path) -> None:
    assert shlex.split(COMMANDS[0])[:3] == ["conflict-facts", "map", "incidents.csv"]
    result = CliRunner().invoke(map_command, [str(folder / "incidents.csv")])
    assert (result.exit_code, result.output) == (0, DRAFT)


def test_the_corrected_map_reads_the_table(folder: Path) -> None:
    format = map_format(KINDS, folder / "incidents.map.yaml")
    found = claims(folder / "incidents.csv", folder, format.default_source, format)
    assert (found.intake.problems, found.intake.flags) == (0, {"sentinel": 1})
    assert sorted((one["started_on"], one["ended_on"], one["date_precision"]) for one in found["event"]) == [
        ("2024-03-01", "2024-03-01", None), ("2024-03-13", "2024-03-13", None), ("2024-04-01", "2024-04-30", "4"),
    ]  # fmt: skip
    assert sorted(str(one["best"]) for one in found["figure"]) == ["3", "5"]


def test_the_wide_example_is_read(folder: Path) -> None:
    (folder / "wide.csv").write_text(WIDE, "utf-8")
    (folder / "wide.map.yaml").write_text(WIDE_REST + WIDE_MAP, "utf-8")
    found = claims(folder / "wide.csv", folder, "wide", map_format(KINDS, folder / "wide.map.yaml"))
    assert sorted((one["period_end"], one["best"]) for one in found["figure"]) == [("2023-12-31", "3"), ("2024-12-31", "5")]


def test_an_empty_cell_of_a_wide_table_says_that_its_number_is_not_stated(folder: Path) -> None:
    """So a number ends that an earlier file had in it."""
    (folder / "wide.map.yaml").write_text(WIDE_REST + WIDE_MAP, "utf-8")
    format = map_format(KINDS, folder / "wide.map.yaml")
    intake = FileIntake(KINDS, folder)
    try:
        (folder / "a.csv").write_text(WIDE + "Mali,,-,1,2\n,,3,,\n,,,,\n", "utf-8")
        intake.add_file(folder / "a.csv", "wide", format)
        intake.finish()
        path = write_unstated(intake, "figure")
        lines = sorted(line for line in (path.read_text("utf-8") if path else "").splitlines() if "MLI" in line or "SYR" in line)
        assert lines == [f"wide-MLI-{year}-killed,id MLI {year}" for year in (2023, 2024)]
        assert (intake.result.files[0].read, intake.result.problems) == (4, 0)
    finally:
        intake.close()


def test_the_commands_that_load_are_those_of_the_program(folder: Path) -> None:
    """Their options are known, and their files exist."""
    for line in COMMANDS[1:]:
        words = shlex.split(line)
        assert words[:2] == ["conflict-facts", "load"]
        arguments = [str(folder / word) if (folder / word).exists() else word for word in words[2:]]
        context = load_command.make_context("load", arguments)
        assert context.params["map_path"] == folder / "incidents.map.yaml" and context.params["paths"] == (folder / "incidents.csv",)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", [name for name in MAPS if not name.startswith("gdelt")])
def test_a_draft_of_every_table_is_a_map_that_can_be_read(name: str, tmp_path: Path) -> None:
    """Even one in which nothing could be placed; every column is in it, with a comment above it."""
    text = draft_map(rows_of(name))
    (tmp_path / "a.map.yaml").write_text(text, "utf-8")
    map_format(KINDS, tmp_path / "a.map.yaml")
    if rows_of(name).suffix == ".csv":
        with rows_of(name).open(encoding="utf-8") as file:
            header = next(csv.reader(file))
        section = text.split("columns:\n", 1)[1].split("\n# Values that every event has", 1)[0]
        assert section.count("\n  # ") + section.startswith("  # ") >= len(header)
        assert all(re.search(rf'^  "?{re.escape(column)}"?: ', section, re.M) for column in header)


def test_a_draft_never_decides_whether_a_date_begins_with_the_day_or_the_month(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Date,Town,Killed\n01/02/2024,A,1\n", "utf-8")
    draft = draft_map(tmp_path / "a.csv")
    assert '# How are the dates written? Nothing decides it, so say it here, as ["%d/%m/%Y"] or ["%m/%d/%Y"].' in draft
    assert "\ndates:" not in draft


def test_a_draft_sees_years_in_names_rows_of_a_header_and_numbers_that_are_no_counts(tmp_path: Path) -> None:
    lines = {
        "Country,2023,2024\nSYR,3,4\nIRQ,1,2\n": ['wide: {columns: ["20??"], names: year of the column, values: number}'],
        "Date,Deaths,\n,Men,Women\n2024-03-01,1,2\n": ["header_rows: 2", "  Deaths Men: original"],
        "Date,Killed,Killed (cumulative),IDPs '000,Killed %\n2024-03-01,1,2,3,4\n": [
            '  "Killed (cumulative)": original', "  \"IDPs '000\": {to: displaced.best, times: 1000}", '  "Killed %": original',
        ],
    }  # fmt: skip
    for rows, told in lines.items():
        (tmp_path / "a.csv").write_text(rows, "utf-8")
        draft = draft_map(tmp_path / "a.csv")
        assert {*told} <= {*draft.splitlines()}, draft
        (tmp_path / "a.map.yaml").write_text(draft, "utf-8")
        map_format(KINDS, tmp_path / "a.map.yaml")


@pytest.mark.parametrize(
    ("header", "row", "events"),
    [
        pytest.param("Date,Country,Cumulative deaths", "NPL", "a-NPL", marks=pytest.mark.nightly),
        ("Date,Province,Cumulative deaths", "Example province", "a-counts"),
    ],
)
def test_a_draft_makes_running_totals_one_series_that_totals_do_not_add_up(header: str, row: str, events: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{header}\n2024-01-31,{row},100\n2024-02-29,{row},180\n2024-03-31,{row},170\n", "utf-8")
    draft = draft_map(tmp_path / "a.csv")
    assert "place: {of: figures}" in draft or "Province" not in header
    (tmp_path / "a.map.yaml").write_text(
        draft.replace("Date: killed-cumulative.period_end", "Date: [killed-cumulative.period_end, row.id]"), "utf-8"
    )
    found = claims(tmp_path / "a.csv", tmp_path, "a", asked=map_format(KINDS, tmp_path / "a.map.yaml"))
    assert {(one["event"], one["basis"], one["period_start"]) for one in found["figure"]} == {(events, "cumulative", None)}
    assert sorted((one["period_end"], one["best"]) for one in found["figure"]) == [
        ("2024-01-31", "100"), ("2024-02-29", "180"), ("2024-03-31", "170"),
    ]  # fmt: skip
    assert {(one["id"], one["started_on"]) for one in found["event"]} == {(events, None)}


def test_a_draft_leaves_a_running_total_beside_numbers_of_rows_to_a_map_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Date,Killed,Killed (cumulative)\n2024-03-01,1,2\n", "utf-8")
    assert "  # A running total beside numbers of single rows: load it by a map of its own" in draft_map(tmp_path / "a.csv")


def test_the_message_for_an_unknown_table_names_maps(folder: Path) -> None:
    with pytest.raises(
        LoadRefused, match=r"say what its columns become: `conflict-facts map FILE` drafts a map, and `load FILE --map MAP`"
    ):
        claims(folder / "incidents.csv", folder)
