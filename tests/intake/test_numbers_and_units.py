"""A quantifier, a number, a measure and a unit that contradict each other: rejected in what we write ourselves, flagged in files of others."""

from __future__ import annotations

import csv
import io
import itertools
import json
import random
from pathlib import Path

import pytest

from api.errors import LoadRefused
from api.loading.collections import load
from api.loading.fixture_files import collection_folders
from api.loading.fixtures import read_collections
from api.loading.undo import undo
from schema.codelists.vocabularies import MEASURE, QUANTIFIER, UNIT
from schema.formats.maps import read_map
from schema.kinds import KINDS
from schema.kinds.figure import QUANTITIES

from ..conftest import Instance, source
from ..support.mapped_claims import Claims, claims
from ..support.properties import NIGHTLY, cases

COLUMNS = ("quantifier", "measure", "unit", "low", "best", "high")
NUMBERS = list(itertools.product((None, "4"), (None, "5"), (None, "6")))[1:]
COMBINATIONS = [
    dict(zip(COLUMNS, (quantifier, measure, unit, *numbers), strict=True))
    for quantifier, measure, unit, numbers in itertools.product((None, *QUANTIFIER.codes), MEASURE.codes, (None, *UNIT.codes), NUMBERS)
]
# By quantifier, the slots that it speaks of, and those that may stand beside them: written out here, apart from the declaration.
SLOTS = {
    "exact": ("best", ""), "approximately": ("best", "low high"), "between": ("low high", "best"),
    **dict.fromkeys(("more_than", "at_least"), ("low", "")), **dict.fromkeys(("less_than", "at_most"), ("high", "")),
}  # fmt: skip
MAP = """
name: m
title: M
source: {id: s}
columns: {id: row.id, quantifier: f.quantifier, measure: f.measure, unit: f.unit, low: f.low, best: f.best, high: f.high}
figures: {f: {population: all, basis: flow}}
event: {kind: battle}
"""


def is_wrong_unit(row: dict[str, str | None]) -> bool:
    return row["unit"] is not None and row["unit"] not in QUANTITIES.units[str(row["measure"])]


def contradicts(row: dict[str, str | None]) -> bool:
    if row["quantifier"] is None:
        return False
    needed, beside = ({*names.split()} for names in SLOTS[row["quantifier"]])
    given = {name for name in ("low", "best", "high") if row[name]}
    return not needed <= given <= needed | beside


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str | None]]:
    """All combinations each night, and otherwise a few of them: each quantifier, measure and unit comes several times."""
    return COMBINATIONS if NIGHTLY else random.Random(0).sample(COMBINATIONS, 150)


def table(header: tuple[str, ...], rows: list[list[object]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def taken(folder: Path, text: str, name: str, map_text: str = "") -> Claims:
    (folder / name).write_text(text, "utf-8")
    return claims(folder / name, folder, "s", (read_map(KINDS, "m.yaml", map_text)[0] or "") if map_text else "")


def test_fixtures_and_tables_of_claims_reject_every_contradiction(rows: list[dict[str, str | None]], tmp_path: Path) -> None:
    wrong = {f"f{n}" for n, row in enumerate(rows) if is_wrong_unit(row) or contradicts(row)}
    assert len(rows) * 0.5 < len(wrong) < len(rows)
    own = table(("id", "source", "event", *COLUMNS), [[f"f{n}", "s", "e", *row.values()] for n, row in enumerate(rows)])
    lines = [json.dumps({"id": f"f{n}", "event": "e", **{name: cell for name, cell in row.items() if cell}}) for n, row in enumerate(rows)]
    documents = {
        "yaml": ("a.yaml", "source: {id: s, title: S, kind: report}\nclaims:\n  figures:\n" + "".join(f"    - {line}\n" for line in lines)),
        "csv": ("figures.csv", own),
        "ndjson": ("figures.ndjson", "".join(f"{line[:-1]}, " + '"source": "s"}\n' for line in lines)),
    }
    for folder, (name, text) in documents.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text, "utf-8")
        checked = read_collections(KINDS, collection_folders(tmp_path / folder))[0].checked
        assert {f"f{n}" for n in range(len(rows))} - {claim.id for claim in checked.claims} == wrong, folder
        assert {problem.message.partition(":")[0].removeprefix("figure ") for problem in checked.problems} == wrong, folder
    for name, text in (("figures.csv", own), ("figures.ndjson", documents["ndjson"][1])):
        found = taken(tmp_path, text, name)
        assert {f"f{n}" for n in range(len(rows))} - {claim["id"] for claim in found["figure"]} == wrong, name
        assert found.file.rejected == len(wrong)


def test_files_of_others_flag_every_contradiction_and_lose_nothing(rows: list[dict[str, str | None]], tmp_path: Path) -> None:
    found = taken(tmp_path, table(("id", *COLUMNS), [[f"f{n}", *row.values()] for n, row in enumerate(rows)]), "a.csv", MAP)
    units, bounds = [is_wrong_unit(row) for row in rows], [not is_wrong_unit(row) and contradicts(row) for row in rows]
    numbers = sum(bool(row[name]) for row, wrong in zip(rows, units, strict=True) if wrong for name in ("low", "best", "high"))
    assert (found.intake.problems, found.intake.flags) == (
        0,
        {"contradictory_bound": sum(bounds), "impossible_value": numbers, "not_kept": sum(units)},
    )
    figures, events = found.by_id("figure"), found.by_id("event")
    for n, row in enumerate(rows):
        figure, kept = figures[f"s-f{n}-f"], json.loads(events[f"s-f{n}"]["original"])
        for name, cell in row.items():
            unknown = units[n] and name in ("unit", "low", "best", "high")
            assert (figure[name], kept.get(name)) == ((None, cell) if unknown else (cell, None)), (row, name)


@pytest.mark.parametrize(
    ("figure", "column", "what"),
    [
        ("measure: killed, unit: kilometres", "best", "has a unit that is kilometres, and `killed` cannot be counted in it"),
        ("measure: killed, quantifier: exact", "low", "has the quantifier exact, which speaks of `best`, and no column becomes that"),
        ("measure: killed, best: 2.5", "high", "has a `best` that is 2.5, and a number of killed must be whole"),
        ("measure: area_captured, unit: square_kilometres, quantifier: more_than", "low", ""),
    ],
)
def test_a_map_that_contradicts_itself_is_refused(figure: str, column: str, what: str) -> None:
    text = f"name: m\ntitle: M\nsource: {{id: s}}\ncolumns: {{d: event.date, b: f.{column}}}\nfigures: {{f: {{{figure}, basis: flow}}}}\n"
    problems = [str(problem) for problem in read_map(KINDS, "m.yaml", text)[1]]
    assert len(problems) == bool(what) and all(what in problem for problem in problems)


@pytest.mark.parametrize("tag", cases(["#affected+killed+hh", "#affected+injured+households+min"], ["#affected+killed+hh"]))
def test_a_tag_that_counts_people_in_households_makes_no_number(tag: str, tmp_path: Path) -> None:
    found = taken(tmp_path, f"#date,{tag}\n2024-03-01,5\n", "a.csv")
    ((figure,), (event,)) = found["figure"], found["event"]
    assert found.intake.flags == {"impossible_value": 1} and json.loads(event["original"]) == {tag: "5"}
    assert [figure[name] for name in ("low", "best", "high", "unit")] == [None] * 4


# What one claim says is counted, and another how many.

EVENT = "claims:\n  events:\n    - {id: e, name: E, kind: battle, country: SYR}\n"
MEASURED, KILOMETRES = "{id: f, locator: p1, event: e, measure: killed}", "{id: f, locator: p2, best: 5, unit: kilometres}"


def figures(*lines: str) -> str:
    return "  figures:\n" + "".join(f"    - {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            KILOMETRES,
            "one/a.yaml:10, unit: figure f, whose measure is stated at one/a.yaml:9: is kilometres, and `killed` cannot be counted in it",
        ),
        ("{id: f, locator: p2, low: 2.5}", "one/a.yaml:10, low: figure f, whose measure is stated at one/a.yaml:9: is 2.5"),
        ("{id: f, locator: p2, best: 5, unit: people}", ""),
        ("{id: f, locator: p2, best: 2.5, rank: deprecated}", ""),
    ],
)
def test_claims_that_only_together_say_something_impossible_are_rejected(line: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "a.yaml").write_text(source("paper") + EVENT + figures(MEASURED, line), "utf-8")
    problems = [str(found) for found in read_collections(KINDS, collection_folders(tmp_path))[0].checked.problems]
    assert len(problems) == bool(problem) and all(found.startswith(problem) for found in problems)


async def test_such_claims_of_two_loads_are_refused_and_so_is_an_undo_that_brings_them_together(store: Instance) -> None:
    distance = MEASURED.replace("killed", "distance")
    store.write("one/a.yaml", source("paper") + EVENT + figures(MEASURED))
    store.write("two/a.yaml", source("other") + "claims:\n" + figures(KILOMETRES))
    await load(KINDS, store.url, store.folder / "one")
    with pytest.raises(
        LoadRefused, match=r"figure f, best: is 5 kilometres in a claim of other \(two, p2\), and another claim says that killed is"
    ):
        await load(KINDS, store.url, store.folder / "two")
    store.write("one/a.yaml", source("paper") + EVENT + figures(distance))
    await load(KINDS, store.url, store.folder / "one")
    await load(KINDS, store.url, store.folder / "two")
    with pytest.raises(LoadRefused, match=r"figure f, best: is 5 kilometres"):
        await undo(KINDS, store.url, 2)
    assert await store.rows("select measure, best::int, unit from figure") == [("distance", 5, "kilometres")]
